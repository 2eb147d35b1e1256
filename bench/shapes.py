"""A user's requests as an experiment: one cell per shape of a shape file, and all in order.

``python -m bench --shapes mine.shapes.json``. The file's text is part of the plan, so that a
resumed run and the compiling process see the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import experiments
from bench.errors import BenchError
from bench.experiments import Experiment, Figure, Point
from strategies import PHASES
from workloads import load as load_workloads
from workloads.shapes import records, requests
from workloads.shapes.records import ShapeError, ShapeFile

NAME = "shapes"  # of the experiment
LONG = "cycle"  # the phase in which a list is used as soon as it is made
HASH_SHOWN = 12  # digits
NOTE_MAX = 400  # characters that a report shows


class ShapesError(BenchError):
    """A shape file that cannot be measured; the text names it."""


@dataclass(frozen=True)
class GivenShapes:
    """A shape file, as given."""

    path: str  # the file's name
    text: str  # the measured part of it, in one line
    sha256: str  # of its bytes, in hexadecimal

    @property
    def file(self) -> ShapeFile:
        """Its records."""
        return records.parse(self.text.encode(), self.path)

    def metadata(self) -> dict[str, str]:
        """Its entry in a result; ``shapes`` is enough to measure it again."""
        file = self.file
        about = {"shape_file": file.name, "shape_file_sha256": self.sha256}
        return {**about, "segment_model": file.model, "shapes": self.text}


def given(path: Path | None) -> GivenShapes | None:
    """Read a shape file; None if none is given.

    Raises:
        ShapesError: if it cannot be read, is not one, or has the name of a workload of the suite.
    """
    if path is None:
        return None
    try:
        file, digest = records.load(path)
    except ShapeError as error:
        raise ShapesError(str(error)) from None
    if file.name in load_workloads():
        raise ShapesError(
            f"{path}: its name is {file.name}, as a workload of this suite: give it another"
        )
    shown = path.name  # no folders: it may be published
    return GivenShapes(shown, requests.measured(file), digest)


def known(one: GivenShapes | None) -> dict[str, Experiment]:
    """Every experiment by name, including that of a shape file."""
    return experiments.load() | ({} if one is None else {NAME: experiment(one)})


def workloads(one: GivenShapes | None) -> tuple[str, ...]:
    """The names of all workloads, that of a shape file last."""
    return (*load_workloads(), *(() if one is None else (one.file.name,)))


def experiment(found: GivenShapes) -> Experiment:
    """The experiment with a shape file's requests."""
    file = found.file
    counted = file.weights == "counted"
    held = sum(shape.weight for shape in file.shapes)
    return Experiment(
        name=NAME,
        question=f"What does each layout cost on the requests of {file.name}?",
        points=partial(points, file),
        figures=(Figure("cells"),),
        note=note(found, file),
        weights=tuple((f"{file.name}/{one.name}", float(one.weight)) for one in file.shapes),
        sample=float(held) if counted else None,
    )


def points(file: ShapeFile) -> tuple[Point, ...]:
    """Every shape and short stream in each phase, and long streams only in ``LONG``.

    In other phases each request has its own list, and that many do not fit into a cache.
    """
    made = requests.workload(file)
    return tuple(
        Point(made.name, shape, phase)
        for shape in made.shapes
        for phase in PHASES
        if phase == LONG or not shape.name.endswith(f"-{requests.ORDER}")
    )


def note(one: GivenShapes, file: ShapeFile) -> str:
    """The note for readers of a shape file's numbers."""
    lost, held = file.dropped.weight, sum(shape.weight for shape in file.shapes)
    share = f"; {100 * lost / (lost + held):.1f} % of requests are dropped" if lost else ""
    text = (
        f"{file.name}: {len(file.shapes)} shapes, weights {file.weights}, segments {file.model}"
        f"{share}; SHA-256 of the file {one.sha256[:HASH_SHOWN]}. {file.about}"
    ).strip()
    return text if len(text) <= NOTE_MAX else f"{text[: NOTE_MAX - 3]}..."


def from_metadata(found: Mapping[str, object]) -> GivenShapes | None:
    """The shape file of a result; None if there is none.

    Raises:
        ShapesError: if it is damaged.
    """
    text = found.get("shapes")
    if text is None:
        return None
    one = GivenShapes(str(found.get("shape_file")), str(text), str(found.get("shape_file_sha256")))
    try:
        return one if one.file.name else None
    except ShapeError as error:
        raise ShapesError(str(error)) from None
