"""Files of layouts outside the checkout: what is taken, what is refused and why."""

import struct
import subprocess
from pathlib import Path

import pytest

from strategies.backends import backends
from strategies.backends.native import CompileError, compile_file
from strategies.outside import OutsideError
from strategies.outside.given import OBJECTS, digests, read
from strategies.outside.header import VERSION, printed
from strategies.outside.layouts import KERNEL_MAX, layouts_of
from strategies.outside.object_file import kernels
from tests.fake.outside import NAME, a_compiler, in_c, in_python

PYTHON = {
    "": "has no STRATEGIES",
    "STRATEGIES = ()": "has no STRATEGIES",
    "STRATEGIES = (1,)": "1 in STRATEGIES is no strategies.Strategy",
    "x = 1\nraise ValueError('no luck\\nat all')": "mine.py, line 2: ValueError: no luck",
    "import sys\nsys.exit('gone')": "mine.py, line 2: SystemExit: gone",
    "import nothing_of_this_name": "mine.py, line 1: ModuleNotFoundError: No module named",
    "x = (": "mine.py, line 1: '(' was never closed",
}
STRATEGY = "from strategies import Strategy, Role\ndef f(*_): return 0\nSTRATEGIES = ({},)"
STRATEGIES = {
    "Strategy('other', f, f, f)": "is called other: give it the name of the file, mine",
    "Strategy('mine', f, f, f, role=Role.BASELINE)": "has the role baseline",
    "Strategy('mine', f, f, f, only='segments')": "is made for one experiment",
    "Strategy('mine', f, f, f, axes=(('a', '1'),))": "is made for one experiment",
    "Strategy('mine', f, f, f, kick=f)": "brings kick or get_buf",
    "Strategy('mine', f, f, f, ring='split')": "fills the ring split",
    "*2 * (Strategy('mine', f, f, f),)": "mine is there twice",
}


def refusal(*paths: Path) -> str:
    """Why files are refused, in one line."""
    with pytest.raises(OutsideError) as refused:
        layouts_of(read(paths))
    assert "\n" not in str(refused.value)
    return str(refused.value)


def written(folder: Path, name: str, content: str | bytes = "") -> Path:
    """A file."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def compiled(folder: Path, text: str, *words: str, name: str = "mine.o") -> Path:
    """An object of this C text."""
    source, made = written(folder, "object.c", text), folder / name
    command = [*a_compiler().command, "-O1", *words, "-c", str(source), "-o", str(made)]
    subprocess.run(command, check=True)
    return made


@pytest.mark.parametrize("text", [*PYTHON, *STRATEGIES])
def test_a_python_file_without_a_layout_says_why(text: str, tmp_path: Path) -> None:
    """And on which line it raised."""
    whole = STRATEGY.format(text) if text in STRATEGIES else text
    assert {**PYTHON, **STRATEGIES}[text] in refusal(written(tmp_path, "mine.py", whole))
    assert not (tmp_path / "__pycache__").exists()


def test_what_is_no_file_of_a_layout_is_refused(tmp_path: Path) -> None:
    """By name, by kind, and where there is nothing."""
    assert "cannot be read (No such file or directory)" in refusal(tmp_path / "no.c")
    (tmp_path / "folder.c").mkdir()
    assert "cannot be read (Is a directory)" in refusal(tmp_path / "folder.c")
    assert "ends in one of .py, .c, .o, .a" in refusal(tmp_path)
    assert "ends in one of .py, .c, .o, .a" in refusal(written(tmp_path, "mine.cpp"))
    assert "can be no layout's name" in refusal(written(tmp_path, "1 2.c"))
    assert "can be no layout's name" in refusal(written(tmp_path, f"{'x' * 99}.c"))
    taken = refusal(written(tmp_path, "flat_array.c"))
    assert "the suite has a layout flat_array: rename the file" in taken
    other = tmp_path / "other"
    other.mkdir()
    twice = refusal(written(tmp_path, "mine.c"), written(other, "mine.c"))
    assert "mine.c is the layout mine already" in twice


ARCHIVE = b"!<arch>\n"
OBJECTS_REFUSED = {
    "empty": (b"", "it is empty"),
    "text": (b"int x;", "neither an object file nor a static library"),
    "bitcode": (b"BC\xc0\xde....", "compile without -flto"),
    "thin": (b"!<thin>\n", "make it without T"),
    "ELF and no more": (b"\x7fELFcreate\0", "that are not an object file"),
    "empty library": (ARCHIVE, "defines no function create"),
    "broken library": (ARCHIVE + b"x" * 60, "is damaged at byte 8"),
    "library of text": (
        ARCHIVE + b"x".ljust(48) + b"2".ljust(10) + b"`\nhi",
        "defines no function",
    ),
}


@pytest.mark.parametrize("what", OBJECTS_REFUSED)
def test_what_is_no_object_says_what_it_is(what: str, tmp_path: Path) -> None:
    """With what helps."""
    content, says = OBJECTS_REFUSED[what]
    assert says in refusal(written(tmp_path, "mine.o", content))


KERNELS = "long create(void) { return 1; } long map(void) { return 0; }"
CODES_REFUSED = {
    "a call": (
        "long f(void); long add_buf(void) { return f() + 1; }",
        "refers to f outside itself",
    ),
    "memcpy": (
        "long add_buf(char *a, char *b, long n) { __builtin_memcpy(a, b, n); return 0; }",
        "memcpy outside itself: copy field by field",
    ),
    "a global": ("int kept; long add_buf(void) { return kept++; }", "keep it in list memory"),
    "panic": (
        "void panic_fmt(void); long add_buf(void) { panic_fmt(); return 1; }",
        "cannot panic",
    ),
    "not there": ("", "defines no function add_buf"),
    "data": ("long add_buf = 1;", "defines no function add_buf"),
}


@pytest.mark.parametrize("what", CODES_REFUSED)
def test_machine_code_must_stand_alone(what: str, tmp_path: Path) -> None:
    """The symbol is named, and what helps."""
    text, says = CODES_REFUSED[what]
    assert says in refusal(compiled(tmp_path, f"{KERNELS} {text}", "-ffunction-sections"))


def test_an_object_for_another_machine_is_refused(tmp_path: Path) -> None:
    """As is one that is linked already."""
    made = compiled(tmp_path, f"{KERNELS} long add_buf(void) {{ return 0; }}")
    image = bytearray(made.read_bytes())
    image[18:20] = struct.pack("<H", 243)  # e_machine: RISC-V
    made.write_bytes(bytes(image))
    assert "an object for EM_RISCV" in refusal(made)
    image[18:20] = made.read_bytes()[18:20]
    text = f"{KERNELS} long add_buf(void) {{ return 0; }}"
    linked = compiled(tmp_path, text, name="linked.o")
    whole = bytearray(linked.read_bytes())
    whole[16:18] = struct.pack("<H", 3)  # e_type: ET_DYN
    linked.write_bytes(bytes(whole))
    assert "linked already, not an object" in refusal(linked)


def test_kernels_of_one_section_and_of_a_library_are_found(tmp_path: Path) -> None:
    """Each begins where its symbol says; of a library, in whichever member."""
    text = f"{KERNELS} long add_buf(void) {{ return 0; }}"
    whole = compiled(tmp_path, text)
    found = kernels(whole)
    assert len({code.text for code in found.values()}) == 1
    assert len({code.entry for code in found.values()}) == 3
    part = compiled(tmp_path, "long other(void) { return 5; }", name="part.o")
    library = tmp_path / "libmine.a"
    library.write_bytes(ARCHIVE + b"".join(_member(p) for p in (part, whole)))
    assert kernels(library) == found


def _member(path: Path) -> bytes:
    content = path.read_bytes()
    header = f"{path.name}/".ljust(48) + f"{len(content)}".ljust(10) + "`\n"
    return header.encode() + content + b"\n" * (len(content) % 2)


def test_code_that_has_no_place_is_refused(tmp_path: Path) -> None:
    """A kernel lies in one page."""
    text = f'{KERNELS} long add_buf(void) {{ __asm__(".skip {KERNEL_MAX}"); return 0; }}'
    layouts = layouts_of(read([compiled(tmp_path, text, "-ffunction-sections")]))
    (strategy,) = layouts.strategies
    backend = layouts.beside({})[OBJECTS]
    with pytest.raises(CompileError, match=r"mine\.o, add_buf: 40.. bytes .* have a place"):
        backend.kernel(strategy, "add_buf")


def test_files_of_one_name_are_one_layout(tmp_path: Path) -> None:
    """Each backend serves it from the file that is for it, and the suite's own as before."""
    name = a_compiler().name
    layouts = layouts_of(read([in_python(tmp_path), in_c(tmp_path)]))
    assert [strategy.label for strategy in layouts.strategies] == [NAME]
    plain = backends(names=("numba", name))
    found = layouts.beside(plain)
    assert list(found) == ["numba", name]
    assert all(backend.serves(layouts.strategies[0]) for backend in found.values())


def test_every_file_has_a_digest(tmp_path: Path) -> None:
    """Headers too, wherever a path leads; an edit changes it."""
    path = in_c(tmp_path)
    (one,) = read([path])
    assert [name for name, _ in one.files] == [path.name, "abi.h"]
    before = digests([one])
    written(tmp_path, "abi.h", printed() + "\n")
    after = digests(read([path]))
    assert before.split()[1] == after.split()[1]
    assert before.split()[3] != after.split()[3]


def test_another_versions_header_is_refused(tmp_path: Path) -> None:
    """A file that includes it is right no more, or may be."""
    path = in_c(tmp_path)
    with pytest.raises(CompileError, match=r"abi\.h is of another version of the suite"):
        compile_file(path, a_compiler(), "map", VERSION + 1)


def test_the_header_compiles_without_warnings(tmp_path: Path) -> None:
    """Alone with a layout, for one kernel and for all of them."""
    path = in_c(tmp_path)
    ignored = ["-Wno-unused-function", "-Wno-unused-parameter", "-Wno-init-self"]
    words = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", *ignored, "-fsyntax-only"]
    for more in ((), ("-DKERNEL=map",)):
        command = [*a_compiler().command, *words, *more, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
