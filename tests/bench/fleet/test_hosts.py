"""``hosts.toml``: what it may say, and how it is refused."""

from pathlib import Path

import pytest

from bench.fleet.hosts import FOLDER, Host, HostsError, chosen, read
from bench.paths import ROOT

WHOLE = """
[defaults]
python = "python3.12"
environment = { A = "1", B = "1" }
[groups.lab]
folder = "/srv/x"
environment = { B = "2", C = "2" }
ssh_config = "lab.ssh"
[[hosts]]
name = "one"
group = "lab"
cpus = [2, 3]
environment = { C = "3" }
[[hosts]]
name = "two"
local = true
python = "python3.13"
[[hosts]]
name = "three"
address = "me@three.example.org"
compile_there = true
"""


def written(folder: Path, text: str) -> Path:
    """A hosts file."""
    path = folder / "hosts.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_host_has_what_defaults_and_group_say(tmp_path: Path) -> None:
    """The nearest counts; variables add up."""
    one, two, three = read(written(tmp_path, WHOLE))
    assert one == Host(
        name="one",
        address="one",
        group="lab",
        python="python3.12",
        cpus=(2, 3),
        folder="/srv/x",
        environment={"A": "1", "B": "2", "C": "3"},
        ssh_config=str(tmp_path / "lab.ssh"),
    )
    assert (two.address, two.python, two.folder) == ("", "python3.13", FOLDER)
    assert two.environment == {"A": "1", "B": "1"}
    assert (three.address, three.compile_there) == ("me@three.example.org", True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[hosts]\nname = 1", "line 1"),
        ("", "missing required field `hosts`"),
        ("hosts = []", "$.hosts"),
        ("[[hosts]]\nname = 1", "$.hosts[0].name"),
        ("[[hosts]]\nname = 'a'\ncpus = [-1]", "$.hosts[0].cpus[0]"),
        ("[[hosts]]\nname = 'a'\ncpus = []", "$.hosts[0].cpus"),
        ("[[hosts]]\nname = 'a'\npyhton = 'x'", "unknown field `pyhton` - at `$.hosts[0]`"),
        ("[[hosts]]\nname = '../a'", "$.hosts[0].name"),
        ("[[hosts]]\nname = 'a'\naddress = '-oProxyCommand=x'", "$.hosts[0].address"),
        ("[[hosts]]\nname = 'a'\naddress = 'a b'", "$.hosts[0].address"),
        ("[[hosts]]\nname = 'a'\ngroup = 'lab'", "add [groups.lab]"),
        ("[[hosts]]\nname = 'a'\n[[hosts]]\nname = 'a'", "$.hosts[1]: there is a host a already"),
        ("[[hosts]]\nname = 'a'\nlocal = true\naddress = 'b'", "a local host has no address"),
        ("[[hosts]]\nname = 'a'\nenvironment = { '1' = 'x' }", "$.hosts[0].environment"),
        ("[[hosts]]\nname = 'a'\n[groups.b]\nname = 'x'", "$.groups[...]"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    """In one line, that begins with the file."""
    with pytest.raises(HostsError) as refusal:
        read(written(tmp_path, text))
    told = str(refusal.value)
    assert told.startswith(f"{tmp_path}/hosts.toml: ")
    assert says in told
    assert "\n" not in told


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With what to do."""
    with pytest.raises(HostsError, match=r"none\.toml: No such file or directory: name a hosts"):
        read(tmp_path / "none.toml")


def test_hosts_are_chosen_by_name_and_by_group(tmp_path: Path) -> None:
    """One that is not there is refused."""
    hosts = read(written(tmp_path, WHOLE))
    assert [one.name for one in chosen(hosts, ["lab", "three"])] == ["one", "three"]
    assert chosen(hosts, []) == hosts
    with pytest.raises(HostsError, match="there is no host or group four: there are one, two"):
        chosen(hosts, ["four"])


def test_the_example_is_one() -> None:
    """As docs/fleet.md has it."""
    milan, here = read(ROOT / "examples" / "fleet" / "hosts.toml")
    assert (milan.python, milan.cpus, here.address) == ("python3.12", (2, 3), "")
