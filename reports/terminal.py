"""The result in a terminal: a small table, and how far to trust it."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports import wording
from reports.answer import caution, deviation, headline
from reports.result import Result
from reports.tables import Tables, estimate_of
from reports.verdict import Verdict

MARKED = (Verdict.INCONCLUSIVE, Verdict.DOUBTFUL)  # what is worth a sign beside a ratio


def show(console: Console, result: Result, found: Tables) -> None:
    """Print the candidates' ratios to the baseline, the control, and what is in doubt."""
    rows = headline(found.ratios)
    if rows.empty:
        console.print("No candidate was measured: there is nothing to compare.")
        return
    for _, part in rows.groupby("backend", observed=True, sort=False):  # all in one is too wide
        console.print(_table(part))
    off = deviation(found.ratios)
    console.print(Text(f"A/A: the baseline's copy is off by {off}." if off else "A/A: no control."))
    counts = {verdict: int((rows["verdict"] == verdict.value).sum()) for verdict in MARKED}
    for verdict, count in counts.items():
        if count:
            console.print(Text(f"{verdict.mark} {verdict.value} in {count}: {verdict.meaning}."))
    if caution(result.processes):
        console.print(Text(caution(result.processes)))


def _table(rows: pd.DataFrame) -> Table:
    against = ", ".join(str(name) for name in rows["against"].unique() if name)
    title = f"Phase {rows['phase'].iloc[0]}: time as a multiple of {against or 'the baseline'}'s"
    table = Table(title=Text(title, style="bold"), title_justify="left", box=None, pad_edge=False)
    table.add_column("shape", no_wrap=True)
    labels = [str(label) for label in rows["label"].unique()]
    for label in labels:
        table.add_column(Text(label), justify="right", overflow="fold")
    for (workload, cell), part in rows.groupby(["workload", "cell"], observed=True, sort=False):
        known = {row["label"]: _cell(row) for row in part.to_dict("records")}
        cells = [known.get(label, Text("missing")) for label in labels]
        table.add_row(Text(f"{workload}/{cell}"), *cells)
    return table


def _cell(row: Mapping[Hashable, Any]) -> Text:
    found = estimate_of(row)
    if found is None:
        return Text("missing", style="italic")
    verdict = Verdict(row["verdict"])
    mark = f"{verdict.mark} " if verdict in MARKED else ""
    return Text(f"{mark}{wording.ratio_with_half_width(found)}")
