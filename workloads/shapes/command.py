"""``python -m workloads FILE...``: summarises captures in a shape file.

Exit status: 0 done; 2 bad use, or an unreadable file; 130 Ctrl-C.
"""

import heapq
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from reports.commands.ending import run
from reports.commands.made import made
from workloads import Direction
from workloads.shapes.limits import RING, RING_MIN, Limits
from workloads.shapes.models import MEASURED, model
from workloads.shapes.records import (
    ENDING,
    NAME,
    Dropped,
    FileShape,
    Header,
    Origin,
    ShapeError,
    ShapeFile,
    Way,
    save,
)
from workloads.shapes.tally import Key, Tally, condensed, together
from workloads.traces import Capture, Format, Record, TraceError, opened, recognised
from workloads.traces.record import BLOCK
from workloads.traces.source import STDIN

KEEP = "95%"
APART_MAX = 64  # shapes: with more, those that differ only in bytes are merged
SHOWN_MAX = 20  # shapes in the table
WAYS = {Direction.OUT: "out", Direction.IN: "in"}
HEAPED = "blktrace"  # a format with one file per CPU


@dataclass(frozen=True)
class Found:
    """A capture that was read."""

    capture: Capture
    form: Format


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def command(  # noqa: PLR0913  one parameter an option is how typer reads them
    *,
    files: Annotated[list[Path], typer.Argument(help="captures; - for standard input")],
    keep: Annotated[str, typer.Option(help="share of requests to keep, by fewest shapes")] = KEEP,
    segments: Annotated[
        str,
        typer.Option(
            help="measured, pages, offset or merge:P; default: measured if recorded, else pages"
        ),
    ] = "",
    direction: Annotated[
        str, typer.Option(help="out or in, for formats that do not record it (pcap)")
    ] = "out",
    ring: Annotated[int, typer.Option(min=RING_MIN, max=RING, help="descriptors")] = RING,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="skip broken lines")] = False,
    name: Annotated[str | None, typer.Option(help="of the workload; default: the file's")] = None,
    about: Annotated[str, typer.Option(help="a note for readers")] = "",
    out: Annotated[Path | None, typer.Option("-o", "--output", help=f"a new *{ENDING}")] = None,
) -> None:
    """Summarise the requests of captures as weighted shapes."""
    share = percentage(keep)
    if direction not in WAYS.values():
        raise TraceError(f"--direction {direction}: give out or in")
    called = named(name, out)
    way = next(one for one, word in WAYS.items() if word == direction)
    tally = Tally(model(segments), Limits(ring))
    found = count(files, tally, skip_bad=skip_bad, direction=way)
    shapes = shape_file(tally, found, share, called, about)
    for line in (*said(found), *summary(shapes, tally)):
        typer.echo(line)
    for line in warnings(found):
        typer.echo(f"warning: {line}", err=True)
    if out is not None:
        save(shapes, out)
        made(out)


def count(files: list[Path], tally: Tally, *, skip_bad: bool, direction: Direction) -> list[Found]:
    """Count the requests of captures in a tally; the captures, as read.

    Raises:
        TraceError: if one cannot be read, or none has a request.
    """
    found: list[Found] = []
    if files.count(Path(STDIN)) > 1:
        raise TraceError("standard input can be read only once: give - once")
    with ExitStack() as stack:
        for file in files:
            source = stack.enter_context(opened(file))
            capture = Capture(source, skip_bad=skip_bad, direction=direction)
            found.append(Found(capture, recognised(source)))
        for form, part in groupby(found, lambda one: one.form):
            for record in in_order(list(part), form):
                tally.add(record, ordered=form.ordered)
    if not tally.total:
        raise TraceError(nothing(found))
    return found


def in_order(found: list[Found], form: Format) -> Iterator[Record]:
    """Yield the requests of captures of one format; files per CPU are merged by time."""
    streams = (one.capture.records(form) for one in found)
    if form.name == HEAPED:
        yield from heapq.merge(*streams, key=lambda record: record.ns)
        return
    for stream in streams:
        yield from stream


def nothing(found: list[Found]) -> str:
    """The message about captures of known formats without requests."""
    parts = []
    for one in found:
        capture = one.capture
        more = [f"{n} {why}" for why, n in capture.left_out.items()]
        seen = ", ".join([f"{capture.number} {capture.unit}s of {one.form.name}", *more])
        parts.append(f"{capture.source.name}: no request with data in it ({seen})")
    return "; ".join(parts)


def percentage(text: str) -> float:
    """The share that a percentage such as 95% stands for."""
    try:
        found = float(text.removesuffix("%")) / 100
    except ValueError:
        found = 0.0
    if not 0 < found <= 1:
        raise TraceError(f"--keep {text}: give a percentage above 0 and up to 100, such as 95%")
    return found


def named(name: str | None, out: Path | None) -> str:
    """The name of the workload; raises if the output cannot be written."""
    if out is not None:
        if not out.name.endswith(ENDING) or out.name == ENDING:
            raise TraceError(f"{out}: a shape file's name ends in {ENDING}")
        if out.exists():
            raise TraceError(f"{out}: exists, and files are never overwritten: name another")
        if not out.absolute().parent.is_dir():
            raise TraceError(f"{out}: there is no such folder: make it, or name another")
    called = name or (out.name.removesuffix(ENDING) if out else "mine")
    if not re.fullmatch(NAME, called):
        raise TraceError(f"{called}: a name has letters, digits and . _ -; give one with --name")
    return called


def shape_file(tally: Tally, found: list[Found], keep: float, name: str, about: str) -> ShapeFile:
    """The shape file of what was counted."""
    chosen, same = condensed(tally.counts, keep), {key: key for key in tally.counts}
    if len(chosen.kept) > APART_MAX:
        same = together(tally.counts)
        merged: Counter[Key] = Counter()
        for key, times in tally.counts.items():
            merged[same[key]] += times
        chosen = condensed(merged, keep)
    numbers = {key: number for number, (key, _) in enumerate(chosen.kept)}
    order = (numbers.get(same[key]) for key in tally.order)
    return ShapeFile(
        schema_version=1,
        name=name,
        about=about,
        model=tally.model.name,
        weights="counted",
        sizes="each" if all(key is other for key, other in same.items()) else "together",
        shapes=tuple(of_key(key, times) for key, times in chosen.kept),
        dropped=Dropped(chosen.shapes, chosen.weight),
        order=tuple(number for number in order if number is not None),
        sources=tuple(origin(one) for one in found),
    )


def of_key(key: Key, weight: int) -> FileShape:
    """A shape's record in the file."""
    header: Header = "blk" if key.kind == BLOCK else "net"
    way: Way = "out" if key.direction is Direction.OUT else "in"
    return FileShape(key.length, key.segments, way, header, weight)


def origin(one: Found) -> Origin:
    """A capture's record in the file: its name, without folders."""
    name = one.capture.source.name.rsplit("/", 1)[-1]
    safe = "".join(c if c.isprintable() else "?" for c in name)
    return Origin(safe, one.form.name, one.capture.read)


def said(found: list[Found]) -> Iterator[str]:
    """Yield one line per capture."""
    for one in found:
        capture = one.capture
        left = [f"{times:,} {why} left out" for why, times in capture.left_out.items()]
        bad = [f"{capture.bad:,} broken {capture.unit}s skipped"] if capture.bad else []
        words = [f"{one.form.name}, {capture.read:,} requests", *left, *bad]
        yield f"{capture.source.name}: {'; '.join(words)}"


def summary(file: ShapeFile, tally: Tally) -> Iterator[str]:
    """Yield the summary of all captures."""
    right = 100 * tally.right / tally.known if tally.known else 0.0
    judged = f", right for {right:.1f} % of {tally.known:,} requests whose format says theirs"
    compared = tally.known > 0 and MEASURED not in file.model
    yield f"segments: {file.model}" + judged * compared
    if tally.cut:
        yield f"{tally.cut:,} requests beyond a limit are split into {tally.parts:,}"
    if file.sizes == "together":
        yield f"sizes: of over {APART_MAX} shapes, those that differ only in bytes are merged"
    held = sum(shape.weight for shape in file.shapes)
    lost = file.dropped
    yield (
        f"{len(file.shapes):,} shapes hold {100 * held / tally.total:.1f} % of {tally.total:,} "
        f"requests; {lost.shapes:,} shapes with {100 * lost.weight / tally.total:.1f} % are dropped"
    )
    for shape in file.shapes[:SHOWN_MAX]:
        yield (
            f"{100 * shape.weight / tally.total:6.2f} %  {shape.header} {shape.direction:3} "
            f"{shape.bytes:>7} bytes in {shape.segments:>3} segments"
        )
    if len(file.shapes) > SHOWN_MAX:
        yield f"  and {len(file.shapes) - SHOWN_MAX:,} more"


def warnings(found: list[Found]) -> Iterator[str]:
    """Yield a warning for each truncated capture."""
    for one in found:
        capture = one.capture
        if capture.cut:
            name = capture.source.name
            yield f"{name}: {capture.cut}; the {capture.read:,} requests before are counted"


def main() -> None:
    """Run the command line."""
    run(app, "workloads", TraceError, ShapeError)
