"""A run's folder with damaged files."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench import messages
from bench.messages import ProcessRecord
from bench.processes.journal import Journal, JournalError
from bench.processes.outcome import Outcome, checked
from tests.fake.readers import FOUND, OfJournal


@pytest.mark.parametrize("name", OfJournal.files)
@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, '{"cells": 3}', "\ud800"])
def test_a_damaged_journal_is_named(tmp_path: Path, name: str, text: str) -> None:
    """Each damaged file is named by path or folder, with the remedy."""
    reader = OfJournal(tmp_path)
    reader.read(json.dumps(reader.whole).encode())
    path = Journal.of(tmp_path / "r.json").folder / name
    path.write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(JournalError, match=r"r\.json\.run.*: (measure again|remove it)"):
        reader.told()


@pytest.mark.parametrize(
    "change",
    [
        {"process": -1},
        {"cells": {"2": FOUND["cells"]["0"]}},
        {"cells": {"0": FOUND["cells"]["0"] | {"requests": [100, 100]}}},
        {"cells": {"0": FOUND["cells"]["0"] | {"positions": ["01", "23"]}}},
        {"cells": {"0": FOUND["cells"]["0"] | {"requests": [0, 100, 100]}}},
        {"cells": {"0": FOUND["cells"]["0"] | {"values": [[1e-8], [1e-8, 2e-8], []]}}},
        {"cells": {"0": FOUND["cells"]["0"] | {"values": [[1e-8, 0.0], [1e-8, 2e-8], []]}}},
        {"cells": {"0": FOUND["cells"]["0"] | {"failed": {"3": "wrong"}}}},
        {"metadata": {"date": ""}},
        {"doubts": ["two\nlines"]},
    ],
)
def test_what_no_worker_writes_is_damaged(change: dict[str, Any]) -> None:
    """A fault that would break the writing of the result is reported on reading."""
    checked(outcome(FOUND), 2, 3)
    with pytest.raises(ValueError, match=r"."):
        checked(outcome(FOUND | change), 2, 3)


def outcome(found: dict[str, Any]) -> Outcome:
    """What is made of what a worker wrote."""
    return Outcome(0, 0, messages.decode(json.dumps(found), ProcessRecord))
