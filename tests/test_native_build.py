"""How C kernels are built: compilers found, objects kept, refusals in words."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from strategies import AS_COMPILED
from strategies.code import Code
from strategies.elf import OutsideSymbolError, text_of
from strategies.native import build
from strategies.native.build import KERNELS, CompileError, compile_kernels, flags_of, has_twin
from strategies.native.compilers import Compiler, compilers, missing

FOUND = compilers()
NOWHERE = Compiler("gcc", ("/nowhere/gcc",), "gcc of nowhere", "x86_64")


@pytest.fixture
def any_compiler() -> Compiler:
    """Give a compiler, whichever there is."""
    if not FOUND:
        pytest.skip(missing(FOUND))
    return next(iter(FOUND.values()))


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the C files that may be spoiled, and that is what is compiled."""
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
    any_compiler: Compiler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time, no compiler runs, and the code is the same."""
    first = compile_kernels("noop", AS_COMPILED, any_compiler, cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == len(KERNELS)
    monkeypatch.setattr(subprocess, "run", None)
    assert compile_kernels("noop", AS_COMPILED, any_compiler, cache=tmp_path) == first


def spoil(file: str, old: str, new: str) -> Callable[[Path], None]:
    """Return a change of a source file."""

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
    change: Callable[[Path], None], any_compiler: Compiler, sources: Path, tmp_path: Path
) -> None:
    """An object made of other sources is never taken for this one's."""
    cache = tmp_path / "cache"
    for expected in (1, 2):
        compile_kernels("noop", AS_COMPILED, any_compiler, ["create"], cache)
        assert len(list(cache.iterdir())) == expected
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


def test_builders_do_not_disturb_each_other(any_compiler: Compiler, tmp_path: Path) -> None:
    """Eight at once get the same code, and nothing but objects is left in the cache."""

    def make(_number: int) -> dict[str, Code]:
        return compile_kernels("flat_array", AS_COMPILED, any_compiler, cache=tmp_path)

    with ThreadPoolExecutor(8) as pool:
        first, *others = pool.map(make, range(8))
    assert all(other == first for other in others)
    assert {path.suffix for path in tmp_path.iterdir()} == {".o"}


def test_a_compile_error_shows_the_compilers_own_words(
    any_compiler: Compiler, sources: Path, tmp_path: Path
) -> None:
    """What was compiled, by which compiler, and the line that it did not like; nothing is kept."""
    spoil("noop.c", "return 64;", "return sixty_four;")(sources)
    with pytest.raises(CompileError) as refused:
        compile_kernels("noop", AS_COMPILED, any_compiler, cache=tmp_path / "cache")
    message = str(refused.value)
    assert message.startswith(f"noop.c, create as compiled, by {any_compiler.title}:\n")
    assert "error:" in message
    assert "sixty_four" in message
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "form", "words"),
    [("sg_ring", "select", "has no such form"), ("sg_ring", "sideways", "FORM_SIDEWAYS")],
)
def test_a_form_that_a_file_does_not_know_is_refused(
    name: str, form: str, words: str, any_compiler: Compiler, tmp_path: Path
) -> None:
    """No form is silently the plain source."""
    with pytest.raises(CompileError, match=words):
        compile_kernels(name, form, any_compiler, cache=tmp_path)


def test_a_kernel_that_a_file_does_not_define_is_refused(
    any_compiler: Compiler, tmp_path: Path
) -> None:
    """``flat_array`` has no kick of its own."""
    with pytest.raises(CompileError, match=r"flat_array\.c, kick .* no such kernel"):
        compile_kernels("flat_array", AS_COMPILED, any_compiler, ["kick"], tmp_path)


def test_code_that_needs_another_symbol_is_refused(
    any_compiler: Compiler, sources: Path, tmp_path: Path
) -> None:
    """Bytes with a call to nowhere would crash wherever they were copied."""
    spoil("noop.c", "return 64;", "extern long outside(void);\n\treturn 1 + outside();")(sources)
    with pytest.raises(CompileError, match="create refers to outside outside itself"):
        compile_kernels("noop", AS_COMPILED, any_compiler, cache=tmp_path / "cache")


def test_an_object_says_which_symbol_it_lacks(any_compiler: Compiler, tmp_path: Path) -> None:
    """A symbol that is only referred to is not there, and data of its own is outside code."""
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
    """Write a program that introduces itself as the script says."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_compilers_are_found_on_path(tmp_path: Path) -> None:
    """A compiler is what runs and says that it is one; its first line names it."""
    program(tmp_path, "gcc", "echo 'gcc (Test) 99.1'; echo 'and more'")
    found = compilers(str(tmp_path))
    assert list(found) == ["gcc"]
    assert found["gcc"].title == "gcc (Test) 99.1"
    assert found["gcc"].command == (str(tmp_path / "gcc"),)


@pytest.mark.parametrize("script", ["echo 'Apple clang version 15'", "exit 1", "true"])
def test_what_only_bears_the_name_is_no_compiler(script: str, tmp_path: Path) -> None:
    """A gcc that is clang, fails or says nothing is not measured as gcc."""
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


def test_building_needs_no_numba() -> None:
    """C kernels can be had in a process that has not half a second for numba."""
    script = "import sys, strategies.native.build; sys.exit('numba' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=build.SOURCES.parents[1])
