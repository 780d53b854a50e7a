"""Whether somebody listens on a socket."""

import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from homeport.machine.listening import is_heard


def test_only_who_listens_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing, a file, and what a dead process left are nobody."""
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    assert not is_heard("door")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("door")
        assert not is_heard("door")
        door.listen()
        assert is_heard("door")
    assert not is_heard("door")


def test_who_is_crowded_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A door before which many wait belongs to somebody."""
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as door, ExitStack() as held:
        door.bind("door")
        door.listen(0)
        waiting = held.enter_context(socket.socket(socket.AF_UNIX))
        waiting.setblocking(False)
        waiting.connect("door")
        assert is_heard("door")
