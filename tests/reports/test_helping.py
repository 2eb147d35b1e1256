"""Work that is shared with a copy of the process."""

import os

import pytest

from reports.commands import helping

TASKS = 7


@pytest.mark.parametrize("cores", [1, 2])
def test_work_is_done_once_and_in_order(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever does it; the first part is always done here, and what is done here is said."""
    monkeypatch.setattr(helping, "cores", lambda: cores)
    said: list[int] = []
    found = helping.shared(lambda at: (at, os.getpid()), TASKS, said.append)
    assert [at for at, _ in found] == list(range(TASKS))
    assert said == [at for at, process in found if process == os.getpid()]
    assert said[0] == 0
    assert cores > 1 or len(said) == TASKS


def test_an_error_in_the_copy_is_raised_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last part is the copy's first."""
    monkeypatch.setattr(helping, "cores", lambda: 2)

    def work(at: int) -> int:
        if at == TASKS - 1:
            raise ValueError("no such figure")
        return at

    with pytest.raises(ValueError, match="no such figure"):
        helping.shared(work, TASKS, lambda _: None)
