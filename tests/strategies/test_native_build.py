"""Building C kernels: compilers found, objects cached, refusals explained."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from strategies import AS_COMPILED, OWN
from strategies.backends import backends, c_compilers
from strategies.backends import native as build
from strategies.backends.c_compilers import Compiler, compilers, missing
from strategies.backends.native import (
    CompileError,
    compile_kernels,
    flags_of,
    has_twin,
    is_kept,
)
from strategies.compile.code import Code
from strategies.compile.elf import OutsideSymbolError, text_of
from strategies.compile.kept import Store
from tests.fake.waiting import alive, until_none

FOUND = compilers()
NOWHERE = Compiler("gcc", ("/nowhere/gcc",), "gcc of nowhere", "x86_64")


@pytest.fixture
def any_compiler() -> Compiler:
    """Give a compiler, whichever there is."""
    if not FOUND:
        pytest.skip(missing(FOUND))
    return next(iter(FOUND.values()))


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Give an empty store."""
    own = Store(tmp_path / "store")
    monkeypatch.setattr(build, "store", lambda: own)
    return own


def entries(store: Store) -> list[Path]:
    """The entries of a store."""
    return sorted(path for path in store.folder.glob("*") if not path.name.startswith("."))


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the C files, which is compiled and may be edited."""
    copy = tmp_path / "sources"
    shutil.copytree(build.SOURCES, copy)
    monkeypatch.setattr(build, "SOURCES", copy)
    return copy


@pytest.mark.parametrize("name", ["flat_array", "chained_scatterlist", "sg_ring", "noop"])
def test_every_layout_has_a_twin(name: str) -> None:
    """A strategy's C file has its name."""
    assert has_twin(name)
    assert not has_twin("model")


def test_what_was_compiled_is_not_compiled_again(
    any_compiler: Compiler, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time, no compiler runs, and the code is the same."""
    assert not is_kept("noop", AS_COMPILED, any_compiler, "map")
    first = compile_kernels("noop", AS_COMPILED, any_compiler)
    assert len(entries(store)) == len(OWN)
    assert is_kept("noop", AS_COMPILED, any_compiler, "map")
    monkeypatch.setattr(build, "run", None)
    assert compile_kernels("noop", AS_COMPILED, any_compiler) == first


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "truncated": lambda data: data[:-10],
    "one bit": lambda data: data[:-10] + bytes([data[-10] ^ 1]) + data[-9:],
    "foreign": lambda _: b"\x7fELF and no more",
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_what_is_not_what_was_kept_is_made_anew(
    spoilt: str, any_compiler: Compiler, store: Store
) -> None:
    """A damaged entry does not fail a run, and is intact afterwards."""
    first = compile_kernels("noop", AS_COMPILED, any_compiler, ["map"])
    (path,) = entries(store)
    whole = path.read_bytes()
    path.write_bytes(SPOILT[spoilt](whole))
    assert not is_kept("noop", AS_COMPILED, any_compiler, "map")
    assert compile_kernels("noop", AS_COMPILED, any_compiler, ["map"]) == first
    assert path.read_bytes() == whole


def test_one_kernels_entry_is_not_taken_for_anothers(any_compiler: Compiler, store: Store) -> None:
    """An entry that was copied to another's name is made again."""
    compile_kernels("noop", AS_COMPILED, any_compiler, ["map"])
    (other,) = entries(store)
    create = compile_kernels("noop", AS_COMPILED, any_compiler, ["create"])
    (path,) = set(entries(store)) - {other}
    path.write_bytes(other.read_bytes())
    assert compile_kernels("noop", AS_COMPILED, any_compiler, ["create"]) == create


def spoil(file: str, old: str, new: str) -> Callable[[Path], None]:
    """A change of a source file."""

    def change(sources: Path) -> None:
        text = (sources / file).read_text()
        assert old in text
        (sources / file).write_text(text.replace(old, new))

    return change


@pytest.mark.parametrize(
    "change",
    [spoil("noop.c", "return 64;", "return 128;"), spoil("model.h", "ENOSPC 28", "ENOSPC 29")],
    ids=["source", "header"],
)
def test_an_edited_source_is_compiled_again(
    change: Callable[[Path], None], any_compiler: Compiler, sources: Path, store: Store
) -> None:
    """An object of other sources is never mistaken for this one."""
    for expected in (1, 2):
        compile_kernels("noop", AS_COMPILED, any_compiler, ["create"])
        assert len(entries(store)) == expected
        change(sources) if expected == 1 else None


def test_a_key_tells_compilers_forms_and_kernels_apart() -> None:
    """Another version, machine, path, form or kernel is another object; the same is the same."""
    source = build.SOURCES / "sg_ring.c"
    others = [
        (NOWHERE, ("-DKERNEL=map",)),
        (NOWHERE, ("-DKERNEL=add_buf",)),
        (Compiler("gcc", ("/nowhere/gcc",), "gcc of tomorrow", "x86_64"), ("-DKERNEL=map",)),
        (Compiler("gcc", ("/nowhere/gcc",), "gcc of nowhere", "aarch64"), ("-DKERNEL=map",)),
        (Compiler("gcc", ("/elsewhere/gcc",), "gcc of nowhere", "x86_64"), ("-DKERNEL=map",)),
    ]
    keys = [build._key(source, *other) for other in others]
    assert len(set(keys)) == len(keys)
    assert build._key(source, *others[0]) == keys[0]


def test_builders_do_not_disturb_each_other(any_compiler: Compiler, store: Store) -> None:
    """Eight at once get the same code, and nothing but entries is left in the store."""

    def make(_number: int) -> dict[str, Code]:
        return compile_kernels("flat_array", AS_COMPILED, any_compiler)

    with ThreadPoolExecutor(8) as pool:
        first, *others = pool.map(make, range(8))
    assert all(other == first for other in others)
    assert len(entries(store)) == len(OWN)
    assert all(path.is_file() for path in entries(store))


def test_a_compile_error_shows_the_compilers_own_words(
    any_compiler: Compiler, sources: Path, store: Store
) -> None:
    """The kernel, the compiler and the offending line are named; nothing is cached."""
    spoil("noop.c", "return 64;", "return sixty_four;")(sources)
    with pytest.raises(CompileError) as refused:
        compile_kernels("noop", AS_COMPILED, any_compiler)
    message = str(refused.value)
    assert message.startswith(f"noop.c, create as compiled, by {any_compiler.title}:\n")
    assert "error:" in message
    assert "sixty_four" in message
    assert refused.value.line.startswith(f"noop.c, create as compiled, by {any_compiler.title}: ")
    assert "error:" in refused.value.line
    assert entries(store) == []


@pytest.mark.parametrize(
    ("name", "form", "words"),
    [("sg_ring", "select", "has no such form"), ("sg_ring", "sideways", "FORM_SIDEWAYS")],
)
def test_a_form_that_a_file_does_not_know_is_refused(
    name: str, form: str, words: str, any_compiler: Compiler
) -> None:
    """No form is silently the plain source."""
    with pytest.raises(CompileError, match=words):
        compile_kernels(name, form, any_compiler)


def test_a_kernel_that_a_file_does_not_define_is_refused(any_compiler: Compiler) -> None:
    """``flat_array`` has no kick of its own."""
    with pytest.raises(CompileError, match=r"flat_array\.c, kick .* not define this kernel"):
        compile_kernels("flat_array", AS_COMPILED, any_compiler, ["kick"])


def test_code_that_needs_another_symbol_is_refused(any_compiler: Compiler, sources: Path) -> None:
    """Code with an unresolved call would crash wherever it is copied."""
    spoil("noop.c", "return 64;", "extern long outside(void);\n\treturn 1 + outside();")(sources)
    with pytest.raises(CompileError, match="create refers to outside outside itself"):
        compile_kernels("noop", AS_COMPILED, any_compiler)


def test_an_object_says_which_symbol_it_lacks(any_compiler: Compiler, tmp_path: Path) -> None:
    """A symbol that is only referenced is not defined, and data are outside the code."""
    source, made = tmp_path / "data.c", tmp_path / "data.o"
    source.write_text("extern int there(void); int kept; int here(void) { return kept + there(); }")
    command = [*any_compiler.command, *flags_of(any_compiler), "-c", str(source), "-o", str(made)]
    subprocess.run(command, check=True)
    with pytest.raises(OutsideSymbolError, match=r"here refers to .*there"):
        text_of(made.read_bytes(), "here")
    for absent in ("there", "nowhere"):
        with pytest.raises(KeyError, match=absent):
            text_of(made.read_bytes(), absent)


def program(folder: Path, name: str, script: str) -> None:
    """Write a program with this script."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_compilers_are_found_on_path(tmp_path: Path) -> None:
    """A compiler is a program that runs and identifies itself; its first line names it."""
    program(tmp_path, "gcc", "echo 'gcc (Test) 99.1'; echo 'and more'")
    found = compilers(str(tmp_path))
    assert list(found) == ["gcc"]
    assert found["gcc"].title == "gcc (Test) 99.1"
    assert found["gcc"].command == (str(tmp_path / "gcc"),)


def test_only_the_compilers_that_are_wanted_are_asked(tmp_path: Path) -> None:
    """A compiler that hangs but is not selected is not waited for."""
    for name in ("gcc", "clang"):
        program(tmp_path, name, f"touch {tmp_path}/asked-{name}; echo {name} 99")
    assert list(compilers(str(tmp_path), ("numba", "clang"))) == ["clang"]
    assert [path.name for path in tmp_path.glob("asked-*")] == ["asked-clang"]
    assert list(backends(str(tmp_path), ("numba", "clang"))) == ["numba", "clang"]
    assert list(backends(str(tmp_path), ("clang",))) == ["clang"]


@pytest.mark.parametrize("script", ["echo 'Apple clang version 15'", "exit 1", "true"])
def test_what_only_bears_the_name_is_no_compiler(script: str, tmp_path: Path) -> None:
    """A gcc that is clang, fails or prints nothing is not measured as gcc."""
    program(tmp_path, "gcc", script)
    assert compilers(str(tmp_path)) == {}


def test_missing_compilers_are_named_with_the_remedy(tmp_path: Path) -> None:
    """One line says what is missing and how to get it; with all found there is none."""
    line = missing(compilers(str(tmp_path)))
    assert "\n" not in line
    assert "no gcc and no clang on PATH" in line
    assert "apt install gcc clang" in line
    assert "apt install clang;" in missing({"gcc": NOWHERE})
    assert missing({"gcc": NOWHERE, "clang": NOWHERE}) == ""


@pytest.mark.parametrize(
    ("script", "why"),
    [("exit 1", "does not print its version (exit status 1)"), ("echo clang 9", "is not gcc, but")],
)
def test_a_compiler_that_is_there_is_not_said_to_be_missing(
    script: str, why: str, tmp_path: Path
) -> None:
    """Installing it would not help: the line states the fault and the remedy."""
    program(tmp_path, "gcc", script)
    line = missing(compilers(str(tmp_path)), ("gcc",), str(tmp_path))
    assert f"{tmp_path}/gcc {why}" in line
    assert "--backend numba" in line
    assert "install" not in line


FAULTS = {  # of a compiler that says its version: what it does, what is said of it
    "nothing": ("exit 0", "wrote nothing"),
    "garbage": (
        'for o; do :; done; echo rubbish > "$o"',
        "8 bytes that are not an object file",
    ),
    "silent": ("exit 3", "exit status 3 without a message"),
    "other bytes": (r"printf 'caf\351 error: no\n' >&2; exit 1", r"caf\xe9 error: no"),
    "hang": ("sleep 600", "gave no answer in 0.5 s"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_compiler_that_does_not_work_is_reported_by_name(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    """One line: which kernel, which compiler, what it did; and the remedy if it has no words."""
    monkeypatch.setattr(build, "COMPILE_MAX_S", 0.5)
    script, said = FAULTS[fault]
    program(tmp_path, "gcc", f'[ "$1" = --version ] && echo "gcc 99" && exit\n{script}')
    compiler = compilers(str(tmp_path))["gcc"]
    start_s = time.monotonic()
    with pytest.raises(CompileError) as refused:
        compile_kernels("noop", AS_COMPILED, compiler, ["map"])
    assert time.monotonic() - start_s < 600  # which is how long the slowest would take
    line = refused.value.line
    assert line.startswith("noop.c, map as compiled, by gcc 99: ")
    assert said in line
    assert ("error:" in line) != ("--backend numba" in line)
    assert entries(store) == []


def test_an_object_for_another_machine_is_refused(any_compiler: Compiler, tmp_path: Path) -> None:
    """A cross compiler that bears the name would make kernels that crash."""
    source, made = tmp_path / "a.c", tmp_path / "a.o"
    source.write_text("long map(void) { return 1; }")
    subprocess.run([*any_compiler.command, "-c", str(source), "-o", str(made)], check=True)
    image = bytearray(made.read_bytes())
    image[18:20] = (243).to_bytes(2, "little")  # EM_RISCV
    made.write_bytes(image)
    program(tmp_path, "gcc", f'for o; do :; done; cp {made} "$o"')
    cross = Compiler("gcc", (str(tmp_path / "gcc"),), "gcc 99", any_compiler.machine)
    with pytest.raises(CompileError, match=r"an object for EM_RISCV, not EM_.*--backend numba"):
        compile_kernels("noop", AS_COMPILED, cross, ["map"])


def test_what_hangs_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A compiler that does not print its version is waited for only once, and leaves no child."""
    monkeypatch.setattr(c_compilers, "ANSWER_MAX_S", 3.0)  # its child is to begin meanwhile
    program(
        tmp_path, "gcc", f"cd {tmp_path}; echo asked >> asked; sleep 600 & echo $! > child; wait"
    )
    line = missing(compilers(str(tmp_path)), ("gcc",), str(tmp_path))
    assert f"{tmp_path}/gcc gave no answer in 3 s: " in line
    assert len((tmp_path / "asked").read_text().splitlines()) == 1
    assert "--backend numba" in line
    child = int((tmp_path / "child").read_text())
    until_none(lambda: alive(child))


def test_a_version_may_be_in_any_encoding(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are shown escaped."""
    program(tmp_path, "gcc", r"printf 'gcc (caf\351) 12\n'")
    assert compilers(str(tmp_path))["gcc"].title == r"gcc (caf\xe9) 12"


HOSTILE = {
    "CPATH": "/nowhere",
    "C_INCLUDE_PATH": "/nowhere",
    "GCC_EXEC_PREFIX": "/nowhere/",
    "COMPILER_PATH": "/nowhere",
    "CFLAGS": "-O0",
    "CCC_OVERRIDE_OPTIONS": "+-O0",
    "CCACHE_PREFIX": "distcc",
    "DISTCC_HOSTS": "nowhere",
    "LD_PRELOAD": "",
    "DEPENDENCIES_OUTPUT": "/dev/full",
}


def test_the_users_environment_does_not_reach_a_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the variables it needs to run: others could change objects silently."""
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    program(tmp_path, "gcc", "echo gcc 99; env | cut -d= -f1")
    seen = set(compilers(str(tmp_path))["gcc"].version.splitlines()[1:])
    allowed = {"PATH", "LD_LIBRARY_PATH", "TMPDIR", "LC_ALL", "CCACHE_DISABLE"}
    assert seen - {"PWD", "SHLVL", "_", "OLDPWD"} <= allowed
    assert "PATH" in seen


def test_objects_do_not_follow_the_users_environment(
    any_compiler: Compiler, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A header on CPATH, and options in variables, change nothing."""
    first = compile_kernels("sg_ring", AS_COMPILED, any_compiler, ["add_buf"])
    (tmp_path / "stdint.h").write_text("#error this is not the system's\n")
    for name in ("CPATH", "C_INCLUDE_PATH"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr(build, "store", lambda: Store(tmp_path / "other"))
    monkeypatch.setenv("CCC_OVERRIDE_OPTIONS", "+-O0")
    assert compile_kernels("sg_ring", AS_COMPILED, any_compiler, ["add_buf"]) == first


@pytest.mark.parametrize("name", ["gcc", "as"])
def test_a_key_follows_every_program_that_a_wrapper_may_start(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The compiler behind a wrapper, and the assembler, are upgraded without the wrapper."""
    first, second = tmp_path / "wrappers", tmp_path / "bin"
    first.mkdir()
    second.mkdir()
    program(first, "gcc", "echo gcc 99")
    program(second, name, "true")
    monkeypatch.setenv("PATH", f"{first}{os.pathsep}{second}{os.pathsep}{os.environ['PATH']}")
    source = build.SOURCES / "noop.c"
    compiler = compilers()["gcc"]
    before = build._key(source, compiler, ())
    assert build._key(source, compiler, ()) == before
    program(second, name, "echo upgraded")
    assert build._key(source, compiler, ()) != before


def test_a_key_follows_where_libraries_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """LD_LIBRARY_PATH, which some compilers need, may give them another library."""
    source = build.SOURCES / "noop.c"
    before = build._key(source, NOWHERE, ())
    monkeypatch.setenv("LD_LIBRARY_PATH", "/nowhere")
    assert build._key(source, NOWHERE, ()) != before


def test_a_source_edited_meanwhile_is_not_kept(
    any_compiler: Compiler, sources: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code of the new source must not stand under the old one's key."""
    run = c_compilers.run

    def edit_and_run(*words: Any) -> Any:
        spoil("noop.c", "return 64;", "return 128;")(sources)
        return run(*words)

    monkeypatch.setattr(build, "run", edit_and_run)
    compile_kernels("noop", AS_COMPILED, any_compiler, ["create"])
    assert entries(store) == []


def test_building_needs_no_numba() -> None:
    """C kernels are available in a process without half a second for numba."""
    script = "import sys, strategies.backends.native; sys.exit('numba' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=build.SOURCES.parents[1])
