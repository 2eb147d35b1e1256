"""What a layout does wrong is named, whatever it is, with the request that shows it."""

import subprocess
from pathlib import Path

import pytest

from bench.check.__main__ import command
from bench.check.held import held, requests_of, tried, usual
from bench.check.messages import CheckReport, CheckTask
from bench.layouts import given
from strategies import OWN
from strategies.backends import backends
from strategies.backends.native import compile_file
from strategies.compile.code import Code
from strategies.outside.header import VERSION
from tests.bench.test_cli import refused_with
from tests.fake.outside import EXAMPLES, a_compiler, in_c, in_python, rustc

ADD_IN = "i = fill(vq, i, entry++, VRING_DESC_F_WRITE);"
PUBLISH = "	publish(vq, head, prev, i, data);\n"
TAKE = "	vq->num_free -= out + in;\n"
REFUSE = "		return -ENOSPC;\n"
WORDS = "	words[0] = list_memory;\n"
RUN = "entry[-1].length += segment->length;"
MISTAKES = {
    "incoming buffers as OUT": (
        {ADD_IN: "i = fill(vq, i, entry++, 0);"},
        "request of blk/4k-read: request 0, head 0, descriptor 5: asked IN 4096 bytes",
    ),
    "NEXT left on the last": (
        {PUBLISH: f"{PUBLISH}	vq->vring.desc[prev].flags |= VRING_DESC_F_NEXT;\n"},
        "head 0, descriptor 15: readable after writable",
    ),
    "num_free": (
        {TAKE: "	vq->num_free -= out + in + 1;\n"},
        "add_buf, request of blk/4k-read: vq->num_free is 252, expected 253",
    ),
    "free_head": (
        {PUBLISH: f"{PUBLISH}	vq->free_head = head;\n"},
        "vq->free_head is 0, expected 15",
    ),
    "token": ({PUBLISH: f"{PUBLISH}	vq->data[head] = NULL;\n"}, "vq->data[0] is 0, expected"),
    "num_added": ({PUBLISH: f"{PUBLISH}	vq->num_added++;\n"}, "vq->num_added is 2, expected 1"),
    "used ring": ({PUBLISH: f"{PUBLISH}	vq->vring.used->idx++;\n"}, "which is the device's"),
    "no merging": (
        {"group->merge && segment != first": "0 && segment != first"},
        "request of blk/merge-read: request 0",
    ),
    "merging of all": (
        {" &&\n			    same_run(segment, segment - 1, entry[-1].length)": ""},
        "asked",
    ),
    "no room, not noticed": ({REFUSE: "		;\n"}, "expected -ENOSPC"),
    "no room, but taken": (
        {REFUSE: "		return vq->num_free--, -ENOSPC;\n"},
        "in a ring that fills up: vq->num_free is",
    ),
    "no token": ({"unlikely(!data) || ": ""}, "add_buf of no token returned 0, expected BUG (-1)"),
    "no entries": (
        {" || unlikely(!(out + in))": ""},
        "what BUG_ON forbids, a request of",
    ),
    "map's status": (
        {"	return 0;\n}\n\n/* Fill": "	return 1;\n}\n\n/* Fill"},
        "map returned 1",
    ),
    "no size": ({"return entries * sizeof(struct entry);": "return 0;"}, "create returned 0"),
    "too small": (
        {"return entries * sizeof(struct entry);": "return 64;"},
        "it accessed list memory, 0 bytes past its 64 bytes",
    ),
    "before the list": (
        {WORDS: f"{WORDS}	table[-1].length = 1;\n"},
        "it wrote to list memory, 8 bytes before its start",
    ),
    "into the request": (
        {WORDS: f"{WORDS}	((struct request *)request)->groups = 1;\n"},
        "it wrote to the request + 0x0, which it may only read",
    ),
    "nowhere": (
        {WORDS: f"{WORDS}	*(volatile long *)8 = 1;\n"},
        "the address 0x8, which is in nothing",
    ),
    "for ever": ({PUBLISH: '	for (;;)\n		__asm__ volatile("");\n'}, "it never came back"),
    "stopped": ({PUBLISH: "	BUG_ON(1);\n"}, "it stopped"),
}


def codes_of(source: Path) -> dict[str, Code]:
    """The kernels of a C file, and those of the queue."""
    compiler = a_compiler()
    shared = backends(names=(compiler.name,))[compiler.name].shared
    own = {kernel: compile_file(source, compiler, kernel, VERSION) for kernel in OWN}
    return own | {kernel: shared(kernel) for kernel in ("kick", "get_buf")}


def fault_of(source: Path) -> CheckReport | None:
    """The fault of a C file."""
    return tried(CheckTask("mine", codes_of(source), requests_of(usual((), ()))))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_the_request_that_shows_it(mistake: str, tmp_path: Path) -> None:
    """In one line, by kernel; the request is shown below."""
    changes, says = MISTAKES[mistake]
    fault = fault_of(in_c(tmp_path, changes))
    assert fault is not None
    assert says in f"{fault.doing}: {fault.wrong}"
    assert fault.shown[0].startswith("request  ")


def test_what_is_shown_is_for_a_person(tmp_path: Path) -> None:
    """List memory as map left it, and both descriptors, in lines of their own."""
    fault = fault_of(in_c(tmp_path, MISTAKES["incoming buffers as OUT"][0]))
    assert fault is not None
    text = "\n".join(fault.shown)
    assert "IN  room 128: 4096 bytes at page 0x1000 + 0x0, in pages, neighbours merge" in text
    assert "map wrote   list memory + 0x0, 1, 2" in text
    assert "+0x0010   0000000001000000 0000000000001000" in text
    (differs,) = (line for line in fault.shown if line.strip().startswith("1 "))
    assert "IN 4096 bytes at 0x1000000 NEXT" in differs
    assert "OUT 4096 bytes at 0x1000000 NEXT" in differs


@pytest.mark.parametrize("backend", ["numba", "c", "object", "rust"])
def test_an_example_is_right(backend: str, tmp_path: Path) -> None:
    """In each language, on every request of the default plan."""
    if backend == "numba":
        paths, names = [EXAMPLES / "iovec_array.py"], ("numba",)
    else:
        paths, names = [_made(backend, tmp_path)], (a_compiler().name,)
    found = dict(held(usual(given(paths), names)))
    column = {"numba": "numba", "c": a_compiler().name}.get(backend, "object")
    assert found == {f"iovec_array@{column}": None}


def _made(kind: str, folder: Path) -> Path:
    """The example as C, as an object that a C compiler made of it, or as Rust's static library."""
    if kind == "rust":
        made = folder / "libiovec_array.a"
        words = ["--edition", "2021", "--crate-type", "staticlib", "-O", "-C", "panic=abort"]
        source = EXAMPLES / "iovec_array.rs"
        subprocess.run([rustc(), *words, str(source), "-o", str(made)], check=True, cwd=folder)
        return made
    source = in_c(folder)
    if kind == "c":
        return source
    made = source.with_suffix(".o")
    words = [
        "-O2",
        "-ffunction-sections",
        "-fcf-protection=none",
        "-c",
        str(source),
        "-o",
        str(made),
    ]
    subprocess.run([*a_compiler().command, *words], check=True)
    return made


def test_what_does_not_compile_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the compiler's own words, status 2; what is wrong has status 1 and more lines."""
    name = a_compiler().name
    broken = in_c(tmp_path, {TAKE: "	vq->num_fre -= out + in;\n"})
    assert refused_with(("--layout", str(broken), "--backend", name), command) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1
    assert "num_fre" in told[0]
    wrong = in_c(tmp_path, MISTAKES["num_free"][0])
    assert refused_with(("--layout", str(wrong), "--backend", name), command) == 1
    told = capsys.readouterr().err.strip().splitlines()
    assert told[0].startswith(f"wrong: iovec_array@{name}: add_buf, request of blk/4k-read:")
    assert len(told) > 5


def test_what_numba_does_not_take_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the reason, and the line of the file."""
    path = in_python(
        tmp_path, {"    return entries * ENTRY_BYTES": "    return entries * entries.size_of"}
    )
    assert refused_with(("--layout", str(path), "--backend", "numba"), command) == 2
    (told,) = capsys.readouterr().err.strip().splitlines()
    assert "iovec_array.py, create by numba: Unknown attribute 'size_of'" in told
    assert "line " in told
