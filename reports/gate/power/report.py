"""The report on the gate's runs, in Markdown: false alarms, power, and the sizes of edits."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from reports.gate.power.kept import Kept, Model, Run, Runs, alarmed, ends, inconclusive, seen
from reports.statistics.signed_rank import estimate
from reports.text.markdown import table

VERDICTS = ("slower", "same", "faster", "inconclusive")  # in the order of their columns
ALL = 0.995  # from here on a percentage is shown as 100

Lines = Iterator[str]


def markdown(kinds: Sequence[Kept], figures: dict[str, str]) -> str:
    """The whole report: all kinds of processor in one table, then one after the other."""
    parts = ["\n".join(overview(kinds))]
    parts += [f"![{says}]({name})" for name, says in figures.items()]
    for kept in kinds:
        parts += [f"### {kept.kind}", made(kept.runs), *false_alarms(kept)]
        parts += [by_study(kept.studies), curves(kept.model)]
        parts += [sizes(name, runs) for name, runs in kept.studies.items() if edited(runs)]
    return "\n\n".join(parts)


def overview(kinds: Sequence[Kept]) -> Lines:
    """The main questions about a gate, one column per kind of processor."""
    yield f"| |{''.join(f' {kept.kind} |' for kept in kinds)}"
    yield f"| --- |{' --- |' * len(kinds)}"
    asked: dict[str, Callable[[Kept], str]] = {
        "null gates that raise an alarm": lambda kept: _or_none(kept.null, alarmed),
        "cells that a quick null gate leaves open": _left_open,
        "+1 % found by a quick gate": lambda kept: _or_none(kept.studies.get("slowed-1"), seen),
        "+2 % found by a quick gate": lambda kept: _or_none(kept.studies.get("slowed-2"), seen),
        "+1 % found by a default gate": lambda kept: _or_none(
            kept.studies.get("default-slowed-1"), seen
        ),
        "measured": lambda kept: made(kept.runs),
    }
    for what, answer in asked.items():
        yield f"| {what} |{''.join(f' {answer(kept)} |' for kept in kinds)}"


def _left_open(kept: Kept) -> str:
    runs = kept.studies.get("same")
    return f"{inconclusive(runs):.0%}" if runs else "not measured"


def _or_none(runs: Runs | None, holds: Callable[[Run], bool]) -> str:
    return share_of(runs, holds) if runs else "not measured"


def made(every: Runs) -> str:
    """What runs these are, and where they ran."""
    machines = sorted({run.machine["processor"] for run in every})
    commits = sorted({_short(run.commit) for run in every})
    days = sorted({run.date for run in every if run.date})
    when = f" {' to '.join(dict.fromkeys((days[0], days[-1])))}" if days else ""
    return f"{len(every)} gates{when} on {'; '.join(machines)}, of commit {', '.join(commits)}."


def _short(commit: str) -> str:
    found, dash, state = commit.partition("-")
    return f"{found[:12]}{dash}{state}"


def false_alarms(kept: Kept) -> Lines:
    """The false alarms of all null runs and of the model."""
    model = kept.model
    if kept.null:
        share_of_all = share_of(kept.null, alarmed)
        yield f"False alarms over all null runs, including disturbed ones: {share_of_all}."
    drawn = model.drawn
    for found, how in (
        (model.as_measured, "As they are"),
        (model.signs_drawn, "With their signs drawn"),
    ):
        alarms = found.get("alarm", 0)
        suspicions = alarms + found.get("suspicion", 0)
        yield (
            f"{how}, {model.processes} processes of null runs make gates of which "
            f"{share(suspicions, drawn)} wrongly suspect a cell in their first stage, and "
            f"{share(alarms, drawn)} raise an alarm."
        )


def by_study(studies: dict[str, Runs]) -> str:
    """The studies, a line each."""
    heads = ("study", "runs:", "false alarms", "slowed cell found", "cells inconclusive:")
    return table(heads, (_study(name, runs) for name, runs in studies.items()))


def _study(name: str, runs: Runs) -> tuple[str, ...]:
    slowed = [run for run in runs if run.slowed.cell]
    known = slowed or [run for run in runs if run.study.null]
    alarm = share_of(known, alarmed) if known else ""
    found = share_of(slowed, seen) if slowed else ""
    return name, str(len(runs)), alarm, found, f"{inconclusive(runs):.0%}"


def curves(model: Model) -> str:
    """What the model finds, by slowdown and kind of gate."""
    heads = [head for one in model.cases for head in (f"{one.name}: a drawn cell:", "worst cell:")]
    rows = []
    for points in zip(*(case.curve for case in model.cases), strict=True):
        cells = [np.array(point.found) for point in points]
        shares = [share for one in cells for share in (f"{one.mean():.1%}", f"{one.min():.0%}")]
        rows.append((f"{100 * points[0].slowdown:g} %", *shares))
    return table(("slowdown:", *heads), rows)


def edited(runs: Runs) -> bool:
    """True if the study is of an edit, whose size is not known beforehand."""
    return bool(runs[0].study.edit)


def sizes(name: str, runs: Runs) -> str:
    """Head / base over all first processes of an edit's runs, where the code differs."""
    logs: dict[tuple[str, str], list[float]] = defaultdict(list)
    verdicts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in (row for run in runs for row in run.rows if row.code_base != row.code_head):
        logs[row.cell, row.variant] += row.values[: row.processes]
        verdicts[row.cell, row.variant].append(row.verdict)
    rows = (
        (" ".join(key), between(some), len(some), *(verdicts[key].count(v) for v in VERDICTS))
        for key, some in logs.items()
        if some
    )
    heads = ("cell", "head / base", "processes:", *(f"{verdict}:" for verdict in VERDICTS))
    says = f"`{name}`, its size over all first processes of {len(runs)} runs, and their verdicts:"
    return f"{says}\n\n{table(heads, rows)}"


def between(values: Sequence[float]) -> str:
    """The ratio from values that are logs, with its 95 % interval if there is one."""
    found = estimate(values)
    interval = ""
    if found.low is not None and found.high is not None:
        interval = f" [{np.exp(found.low):.4f}, {np.exp(found.high):.4f}]"
    return f"{np.exp(found.centre):.4f}{interval}"


def share_of(runs: Runs, holds: Callable[[Run], bool]) -> str:
    """The number of runs for which it holds."""
    return share(sum(map(holds, runs)), len(runs))


def share(count: int, of: int) -> str:
    """A share with its exact 95 % interval."""
    low, high = (f"{100 * end:.2g}" if end < ALL else "100" for end in ends(count, of))
    return f"{count} of {of} ({low} to {high} %)"
