"""The cache between runs: intact entries are found, others are made again."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bench.paths import ROOT
from strategies.compile import kept
from strategies.compile.code import Code
from strategies.compile.kept import FRESH, UNUSED_MAX_S, Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Give an empty store."""
    return Store(tmp_path / "store")


def test_what_was_kept_is_found_again(store: Store) -> None:
    """Bytes and code are found; missing entries are not."""
    store.put("a", b"one\ntwo")
    store.put_code("b", Code(b"\x90\xc3", 1))
    assert store.get("a") == b"one\ntwo"
    assert store.code("b") == Code(b"\x90\xc3", 1)
    assert store.get("c") is None
    assert store.code("c") is None


@pytest.mark.parametrize("position", [0, 63, 64, 65, -1])
def test_a_flipped_bit_is_noticed(store: Store, position: int) -> None:
    """Wherever it is: in the digest, after it, in the first or the last byte."""
    store.put("a", b"machine code")
    path = store.folder / "a"
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)
    assert store.get("a") is None


@pytest.mark.parametrize("length", [0, 1, 64, 65, 70])
def test_a_truncated_entry_is_noticed(store: Store, length: int) -> None:
    """However little is left."""
    store.put("a", b"machine code")
    path = store.folder / "a"
    path.write_bytes(path.read_bytes()[:length])
    assert store.get("a") is None
    store.put("a", b"machine code")
    assert store.get("a") == b"machine code"


def test_an_entry_under_another_name_is_noticed(store: Store) -> None:
    """It is intact, but not the requested entry."""
    store.put("a", b"machine code")
    (store.folder / "a").rename(store.folder / "b")
    assert store.get("b") is None


def test_a_folder_in_an_entrys_place_does_no_harm(store: Store) -> None:
    """Nothing is found and nothing kept there."""
    (store.folder / "a").mkdir(parents=True)
    (store.folder / "a" / "file").touch()
    store.put("a", b"data")
    assert store.get("a") is None


def test_without_room_nothing_is_kept_and_nothing_fails(tmp_path: Path) -> None:
    """A store that is not writable costs only time."""
    (tmp_path / "file").touch()
    store = Store(tmp_path / "file" / "store")
    store.put("a", b"data")
    assert store.get("a") is None


def test_many_may_keep_the_same_at_once(store: Store) -> None:
    """No reader ever sees a part, and no file but the entry stays."""
    data = bytes(1 << 18)
    seen: list[bytes | None] = []

    def keep() -> None:
        for _ in range(20):
            store.put("a", data)
            seen.append(store.get("a"))

    threads = [threading.Thread(target=keep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [data] * 80
    assert sorted(path.name for path in store.folder.iterdir()) == [".gitignore", "a"]


def test_fresh_takes_nothing_and_keeps_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds for this process and its children, and their entries replace old ones."""
    store.put("a", b"old")
    monkeypatch.setenv(FRESH, "")
    kept.forget()
    assert os.environ[FRESH]
    assert store.get("a") is None
    store.put("a", b"new")
    monkeypatch.delenv(FRESH)
    assert store.get("a") == b"new"


def test_what_nobody_used_for_a_month_goes(store: Store) -> None:
    """Taking an entry counts as use; nothing else in the folder is touched."""
    for name in ("used", "unused"):
        store.put(name, b"data")
        os.utime(store.folder / name, (0, 0))
    assert store.get("used") == b"data"
    store.prune((store.folder / "used").stat().st_mtime + UNUSED_MAX_S - 1)
    assert store.get("used") == b"data"
    assert store.get("unused") is None


def place_of(checkout: Path, **environment: str) -> Path:
    """Where a checkout's entries live, in a process with only these variables."""
    code = (
        "import pathlib, sys; from strategies.compile import kept; "
        "kept.ROOT = pathlib.Path(sys.argv[1]); print(kept.store().folder)"
    )
    command = [sys.executable, "-c", code, str(checkout)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return Path(done.stdout.strip())


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    """Give a checkout in which ``.cache`` is a file: not even root can write there."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / ".cache").touch()
    return checkout


def test_entries_live_in_the_checkout(tmp_path: Path) -> None:
    """Whatever XDG_CACHE_HOME is: they are removed with the checkout."""
    found = place_of(tmp_path, XDG_CACHE_HOME=str(tmp_path / "xdg"))
    assert found == tmp_path / ".cache" / "made"


def test_else_where_xdg_says(spoilt: Path, tmp_path: Path) -> None:
    """A read-only checkout, or one whose ``.cache`` is a file, can be measured."""
    xdg = tmp_path / "xdg"
    assert place_of(spoilt, XDG_CACHE_HOME=str(xdg)).is_relative_to(xdg)


@pytest.mark.parametrize("xdg", ["", "relative", "/proc/nowhere"])
def test_else_in_a_temporary_folder(xdg: str, spoilt: Path, tmp_path: Path) -> None:
    """The same one each time, writable only by this user."""
    environment = {"XDG_CACHE_HOME": xdg, "TMPDIR": str(tmp_path)}
    found = place_of(spoilt, **environment)
    assert found == tmp_path / f"sg-ring-bench-{os.getuid()}"
    assert found.stat().st_mode & 0o77 == 0
    assert place_of(spoilt, **environment) == found


def test_never_where_others_may_write(spoilt: Path, tmp_path: Path) -> None:
    """Entries are executed: a folder that others can write to is not used."""
    taken = tmp_path / f"sg-ring-bench-{os.getuid()}"
    taken.mkdir()
    taken.chmod(0o777)
    found = place_of(spoilt, TMPDIR=str(tmp_path))
    assert found.parent == tmp_path
    assert found != taken
    assert found.stat().st_mode & 0o77 == 0


def test_a_key_tells_parts_apart() -> None:
    """Every part matters, and so do the borders between parts."""
    assert kept.key("ab", "c") != kept.key("a", "bc")
    assert kept.key("a") != kept.key("a", "")
    assert kept.key("a", b"b") == kept.key("a", "b")


@pytest.mark.parametrize("change", ["edit", "rename", "add", "remove"])
def test_a_digest_of_sources_follows_every_file(change: str, tmp_path: Path) -> None:
    """An edited, renamed, new or removed helper is another digest; another kind of file is not."""
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text("1")
    two.write_text("2")
    before = kept.sources(tmp_path, "*.py")
    (tmp_path / "notes.md").touch()
    (tmp_path / "folder.py").mkdir()
    (tmp_path / ".#two.py").symlink_to("nowhere")
    assert kept.sources(tmp_path, "*.py") == before
    match change:
        case "edit":
            two.write_text("3")
        case "rename":
            two.rename(tmp_path / "three.py")
        case "add":
            (tmp_path / "three.py").touch()
        case "remove":
            two.unlink()
    assert kept.sources(tmp_path, "*.py") != before
