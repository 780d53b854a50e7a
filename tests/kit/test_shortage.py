"""A limit of the system is told by what ran short and what to do, wherever in Python it is met."""

import errno

import pytest

from homeport.kit import shortage


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (OSError(errno.EMFILE, "Too many open files"), "ulimit -n"),
        (RuntimeError("can't start new thread"), "ulimit -u"),
        (RuntimeError("unable to start watchdog thread"), "ulimit -u"),
        (MemoryError(), "close some programs"),
    ],
)
def test_a_limit_has_a_next_step(error: BaseException, step: str) -> None:
    """Each way in which Python tells of a limit names what a person can do."""
    found = shortage.of_error(error)
    assert found is not None
    assert step in found.hint


@pytest.mark.parametrize("error", [OSError(errno.EAGAIN, "again"), OSError(errno.ENOENT, "no"), RuntimeError("other")])
def test_other_errors_are_no_shortage(error: BaseException) -> None:
    """What says nothing about limits is left to others; EAGAIN alone may come from anything."""
    assert shortage.of_error(error) is None
