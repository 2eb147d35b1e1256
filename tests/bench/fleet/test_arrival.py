"""What comes back is believed once it was checked, and nothing private is kept."""

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from bench.fleet import arrival
from bench.fleet.arrival import About, LieError
from bench.kit import Kit
from bench.result import benchmarks, suite
from reports.read.result import load
from tests.fake import engine, found
from tests.fake.fleet import KEY, packed, result


def measured(kit: Kit, **more: str) -> bytes:
    """A result of a kit, as text."""
    values = [[1e-8, 1e-8]] * len(kit.variants)
    cell = found.cell(values, positions=["00"] * len(kit.variants))
    cell.requests.extend([80] * len(kit.variants))
    cell.firsts.extend([None] * len(kit.variants))
    outcomes = [found.outcome(0, {0: cell})]
    return "".join(suite(benchmarks(kit, outcomes, {"machine_key": KEY, **more}))).encode()


def test_a_result_of_the_kit_says_what_the_table_shows() -> None:
    """Its machine, and what the transport did meanwhile."""
    kit = engine.kit_of(engine.cell(experiment="some"))
    text = measured(kit, transport_switches="3", transport_s="60.0")
    told = arrival.about(text, kit, kit.seed)
    assert told == About(KEY, 3, 60.0)
    assert told.per_second == pytest.approx(0.05)
    assert arrival.about(measured(kit), kit, kit.seed).per_second is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"schema_version": 1', '"schema_version": 2', "of schema 2, not 1"),
        ('"seed": 1', '"seed": 7', "another plan: its seed differs"),
        ('"code_hash": "', '"code_hash": "0', "w/s/add/flat@numba: measured other code"),
        ('"name": "w/s/add/flat@numba"', '"name": "../../x"', "../../x: measured other code"),
        ('"version": "1.0"', '"version": 1', "$.version"),
        ('{"benchmarks"', '["benchmarks"', "is no result"),
        ('"machine_key"', '"transport_s": "x", "machine_key"', "what the transport did"),
    ],
)
def test_a_result_that_lies_is_refused(old: str, new: str, says: str) -> None:
    """With what it lied about."""
    kit = engine.kit_of(engine.cell(experiment="some"))
    text = measured(kit).decode()
    assert old in text
    with pytest.raises(LieError) as refusal:
        arrival.about(text.replace(old, new).encode(), kit, kit.seed)
    assert says in str(refusal.value)


def test_a_result_without_times_is_none() -> None:
    """Nor one nested without end."""
    kit = engine.kit_of(engine.cell(experiment="some"))
    with pytest.raises(LieError, match="holds no times"):
        arrival.about(b'{"benchmarks": [], "version": "1.0"}', kit, kit.seed)
    with pytest.raises(LieError, match="is no result"):
        arrival.about(b'{"benchmarks": ' + b"[" * 100_000, kit, kit.seed)


def test_what_was_not_announced_is_not_unzipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another hash, damage, or a bomb."""
    data, sha256 = packed("x" * 100)
    assert arrival.text_of(data, sha256) == b"x" * 100
    with pytest.raises(LieError, match="another hash"):
        arrival.text_of(data + b"x", sha256)
    for torn in data[:-4], b"plain":
        with pytest.raises(LieError, match="damaged"):
            arrival.text_of(torn, hashlib.sha256(torn).hexdigest())
    monkeypatch.setattr(arrival, "TEXT_MAX", 99)
    with pytest.raises(LieError, match="unzips to more"):
        arrival.text_of(data, sha256)


def test_what_is_private_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless it was asked for; a report reads the file either way."""
    monkeypatch.setattr(arrival, "_see", lambda _: None)  # this test reads it itself
    private = {"cpu_freq": "0=2100 MHz", "python_executable": "/home/me/python"}
    text = result(tmp_path / "r.json", **private).read_bytes()
    kept, named = tmp_path / "kept.json.gz", tmp_path / "named.json.gz"
    arrival.keep(text, kept)
    arrival.keep(text, named, "big")
    for path, there in ((kept, set()), (named, {"secret-host", '"big"'})):
        plain = gzip.decompress(path.read_bytes()).decode()
        assert {one for one in ("secret-host", '"big"') if one in plain} == there
        assert "2100 MHz" not in plain
        assert "/home/me" not in plain
        assert load(path).metadata["machine_key"] == (KEY,)
    assert {path.name for path in tmp_path.iterdir()} == {"r.json", kept.name, named.name}


def test_what_no_report_can_be_made_of_is_not_kept(tmp_path: Path) -> None:
    """The report's own reason, without the place where it was looked at."""
    data = json.loads(result(tmp_path / "r.json").read_text())
    data["benchmarks"][0]["runs"][0]["values"] = [-1.0]
    with pytest.raises(LieError, match=r"^no report can be made of its result: ") as refusal:
        arrival.keep(json.dumps(data).encode(), tmp_path / "kept.json.gz")
    assert str(tmp_path) not in str(refusal.value)
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]
    whole = tmp_path / "whole.json.gz"
    arrival.keep((tmp_path / "r.json").read_bytes(), whole)
    assert whole.exists()


def test_every_cell_and_variant_of_a_kit_has_a_hash() -> None:
    """Two with the same code have the same."""
    kit = engine.kit_of(engine.cell(experiment="some"))
    known = arrival.hashes(kit)
    assert list(known) == ["w/s/add/flat@numba", "w/s/add/flat[again]@numba", "w/s/add/ring@numba"]
    assert known["w/s/add/flat@numba"] == known["w/s/add/flat[again]@numba"]
