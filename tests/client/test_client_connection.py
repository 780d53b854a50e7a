"""What a client makes of what comes in."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeport.client.client import Client
from homeport.client.connection import Connection, GoneError, SilentError
from homeport.model.errors import OutsideError, RefusedError, WorkFailed


class Peer:
    """A socket that answers every client with the same bytes, in the chunks that were given."""

    def __init__(self, path: Path, *chunks: bytes) -> None:
        self.path = str(path)
        self._chunks = chunks
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(self.path)
        self._listening.listen()
        self.thread = threading.Thread(target=self._answer)
        self.thread.start()

    def _answer(self) -> None:
        with self._listening, self._listening.accept()[0] as client:
            client.recv(1 << 16)
            for chunk in self._chunks:
                client.sendall(chunk)


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """Where a peer listens."""
    return tmp_path / "s"


def test_messages_may_arrive_in_any_pieces(path: Path) -> None:
    """A message is complete with its line feed, wherever the chunks end."""
    peer = Peer(path, b'{"type":"left","left":[["a"', b',1.5]]}\n{"type"', b':"end"}\n')
    assert Client(peer.path).left() == [("a", 1.5)]
    peer.thread.join()


@pytest.mark.parametrize(("code", "kind"), [(2, RefusedError), (3, OutsideError), (1, WorkFailed)])
def test_an_error_arrives_as_what_it_was(path: Path, code: int, kind: type[Exception]) -> None:
    """The exit code on the way is the same as if it had happened here."""
    peer = Peer(path, json.dumps({"type": "error", "what": "no", "hint": "try", "exit": code}).encode() + b"\n")
    with pytest.raises(kind, match="no"):
        Client(peer.path).status()
    peer.thread.join()


def test_a_house_that_goes_away_is_gone(path: Path) -> None:
    """Half an answer is no answer."""
    peer = Peer(path, b'{"type":"left"')
    with pytest.raises(GoneError):
        Client(peer.path).left()
    peer.thread.join()


def test_nobody_there_is_gone_as_well(tmp_path: Path) -> None:
    """No socket, and a socket that a dead house left behind."""
    with pytest.raises(GoneError):
        Connection(str(tmp_path / "none"))
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead"))
    with pytest.raises(GoneError):
        Connection(str(tmp_path / "dead"))


def test_a_house_that_says_nothing_is_silent(path: Path) -> None:
    """An answer that does not come in time is an error with the process that owes it, where the system tells."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        with pytest.raises(SilentError) as caught:
            Client(str(path), timeout=0.01).status()
    assert caught.value.pid in (os.getpid(), 0)
