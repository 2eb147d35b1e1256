"""Shards of one machine become one result; two machines never do."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reports import merge
from reports.commands.ending import _app
from reports.read.result import load
from reports.read.text import ResultError
from tests.fake import synthetic

KEY = "x86_64/AuthenticAMD/25/17/1/32K/1024K/32768K/hypervisor"


def shard(path: Path, seed: int, processes: int = 6, **more: object) -> Path:
    """A run of a machine."""
    metadata = {**synthetic.METADATA, "machine_key": KEY, "state_border": f"1.{seed}", **more}
    truth = synthetic.Truth(
        shapes=synthetic.SHAPES[:2],
        phases=("add",),
        processes=processes,
        rounds=3,
        seed=seed,
        metadata=metadata,
        alone=0.5,
    )
    return synthetic.write(path, truth)


def test_all_processes_of_all_shards_are_there(tmp_path: Path) -> None:
    """Each with its values and states; numbers count on, what shards do not share is kept."""
    files = [shard(tmp_path / "a.json", 1), shard(tmp_path / "b.json", 2, processes=4)]
    out = tmp_path / "c.json.gz"
    out.write_bytes(merge.merged(files))
    (one, other), found = map(load, files), load(out)
    assert found.processes == 10
    assert found.metadata["state_border"] == ("1.1", "1.2")
    for before, first in ((one, 0), (other, 6)):
        count = before.processes
        part = found.values[found.values["process"].between(first, first + count - 1)]
        for key in ("seconds", "state"):
            ours, theirs = (
                frame.sort_values(["label", "shape", "process", "round"])[key].tolist()
                for frame in (part, before.values)
            )
            assert ours == theirs
    assert merge.merged(files) == out.read_bytes()


def test_shards_of_other_cells_stand_next_to_each_other(tmp_path: Path) -> None:
    """As where a plan was shared out by workload."""
    first = shard(tmp_path / "a.json", 1)
    data = json.loads(shard(tmp_path / "b.json", 2).read_text())
    data["benchmarks"] = [b for b in data["benchmarks"] if "64k" in b["metadata"]["name"]]
    (tmp_path / "b.json").write_text(json.dumps(data))
    out = tmp_path / "c.json.gz"
    out.write_bytes(merge.merged([first, tmp_path / "b.json"]))
    count = load(out).values.groupby("shape", observed=True)["process"].nunique()
    assert count.to_dict() == {"4k-read": 6, "64k-read": 12}


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"machine_key": KEY.replace("/17/", "/1/")}, "machine_key is .*only runs of one machine"),
        ({"hostname": "b"}, "hostname is b, of a.json a"),
        ({"turn_us": 30}, "turn_us is 30, of a.json 100"),
        ({"driver_hash": "0" * 16}, "driver_hash is 0000"),
        ({"schema_version": 0}, "schema_version"),
        ({"experiments": '[{"name": "x", "question": "?"}]'}, "experiments differs"),
    ],
)
def test_what_is_not_of_one_machine_and_way_is_refused(
    tmp_path: Path, more: dict[str, object], says: str
) -> None:
    """With what differs, and what to do instead."""
    files = [
        shard(tmp_path / "a.json", 1, hostname="a"),
        shard(tmp_path / "b.json", 2, 6, **({"hostname": "a"} | more)),
    ]
    with pytest.raises(ResultError, match=says):
        merge.merged(files)


def test_other_code_of_one_kernel_is_refused(tmp_path: Path) -> None:
    """It is named with its benchmark."""
    first, second = shard(tmp_path / "a.json", 1), shard(tmp_path / "b.json", 2)
    text = second.read_text()
    second.write_text(text.replace(synthetic.LAYOUTS[1].code_hash, "0" * 16))
    with pytest.raises(ResultError, match="chained_scatterlist@numba: code_hash differs"):
        merge.merged([first, second])


def test_a_file_that_does_not_name_its_machine_is_compared_instead(tmp_path: Path) -> None:
    """As older ones."""
    files = [synthetic.write(tmp_path / "a.json"), shard(tmp_path / "b.json", 2)]
    with pytest.raises(ResultError, match="does not say on which kind of machine"):
        merge.merged(files)


def test_a_shard_given_twice_is_refused(tmp_path: Path) -> None:
    """Its processes would count double."""
    files = [shard(tmp_path / "a.json", 1), shard(tmp_path / "b.json", 1)]
    with pytest.raises(ResultError, match="given twice"):
        merge.merged(files)


def test_the_command_writes_a_new_file_or_none(tmp_path: Path) -> None:
    """One line and status 2 otherwise."""
    a, b = shard(tmp_path / "a.json", 1), shard(tmp_path / "b.json", 2)
    out = tmp_path / "c.json.gz"
    app = _app(merge.main)
    for words in ([str(a)], [str(a), str(b)], [str(a), str(b)]):
        before = sorted(path.name for path in tmp_path.iterdir())
        ended = CliRunner().invoke(app, [*words, "-o", str(out)])
        fresh = len(words) > 1 and out.name not in before
        assert ended.exit_code == (0 if fresh else 2)
        assert out.exists() == (fresh or out.name in before)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "b.json", "c.json.gz"]
