"""The socket itself: who may come in, and what happens to those who misbehave."""

import asyncio
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from asyncinotify import Inotify, Mask

from homeport.aio.beside import beside
from homeport.client.client import Client
from homeport.machine.listening import is_heard
from homeport.model.errors import OutsideError
from homeport.model.view import NodeView
from homeport.server.door import Door, listen
from homeport.server.peer import peer_uid
from homeport.server.serve import MOST
from homeport.wire.requests import LIMIT
from landlord import Landlord, served


@pytest.fixture
def landlord(tmp_path: Path) -> Iterator[Landlord]:
    """A served house."""
    with served(str(tmp_path / "run" / "s"), NodeView("api", "service", "ready")) as found:
        yield found


def talk(path: str, data: bytes) -> list[dict[str, object]]:
    """Send bytes, stop sending, and return everything that comes back."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        except BrokenPipeError:
            pass  # the house has said its last word already, and it is read below
        with connection.makefile("rb") as answer:
            return [json.loads(line) for line in answer]


def test_only_the_owner_may_come_in(landlord: Landlord) -> None:
    """The socket is 0600 in a folder that is 0700."""
    assert stat.S_IMODE(os.stat(landlord.path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(os.path.dirname(landlord.path)).st_mode) == 0o700


def test_the_peer_is_known() -> None:
    """The system tells who is at the other end."""
    here, there = socket.socketpair(socket.AF_UNIX)
    with here, there:
        assert peer_uid(here) == os.getuid()


@pytest.mark.parametrize("gone", ["socket", "folder"])
async def test_a_door_that_is_removed_is_made_anew(tmp_path: Path, gone: str) -> None:
    """A session's folder goes when its user logs out; the house lives on and can be reached again, by its owner alone."""
    path = tmp_path / "run" / "homeport" / "s"
    door = Door(str(path), asyncio.Protocol)
    await door.open()
    with Inotify() as news:
        news.add_watch(path.parent if gone == "socket" else tmp_path, Mask.CREATE)
        async with beside(door.stay(0.0)):
            shutil.rmtree(tmp_path / "run") if gone == "folder" else path.unlink()
            await news.get()
    assert is_heard(str(path))
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    door.close()


def test_an_open_folder_is_refused(tmp_path: Path) -> None:
    """A folder that others may enter could hold a socket that is not ours."""
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    with pytest.raises(OutsideError, match="open to other users"):
        listen(str(folder / "s"))


def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    """What a dead house left behind does not keep the next one out; when that ends, nothing is left."""
    path = tmp_path / "run" / "s"
    path.parent.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with served(str(path), NodeView("api", "service", "ready")) as landlord:
        assert Client(landlord.path).status().instance == "demo"
    assert not path.exists()


def test_nonsense_gets_one_error_and_the_house_goes_on(landlord: Landlord) -> None:
    """Malformed input ends in a clear error and nothing else."""
    (message,) = talk(landlord.path, b"GET / HTTP/1.1\n")
    assert message["type"] == "error"
    assert "not one line of JSON" in str(message["what"])
    assert Client(landlord.path).status().instance == "demo"


def test_an_oversized_request_gets_one_error(landlord: Landlord) -> None:
    """More than a mebibyte is not read."""
    (message,) = talk(landlord.path, b"x" * (LIMIT + 1000))
    assert message["what"] == f"the request is longer than {LIMIT} bytes"


def test_a_request_without_an_end_gets_one_error(landlord: Landlord) -> None:
    """Half a line is no request."""
    (message,) = talk(landlord.path, b'{"v":1,')
    assert "has no end" in str(message["what"])


def test_several_requests_are_answered_in_turn(landlord: Landlord) -> None:
    """One connection may ask again, also after a refusal."""
    ask = b'{"v":1,"op":"why","name":"nope"}\n{"v":1,"op":"left"}\n'
    assert [message["type"] for message in talk(landlord.path, ask)] == ["error", "left", "end"]


def test_a_client_that_leaves_ends_what_it_followed(landlord: Landlord) -> None:
    """A follower that stops sending is gone: its answer ends without an error."""
    messages = talk(landlord.path, b'{"v":1,"op":"follow"}\n')
    assert {message["type"] for message in messages} <= {"frame"}


def test_a_client_that_does_not_read_is_dropped(tmp_path: Path) -> None:
    """Its buffer is bounded, and others are served meanwhile."""
    node = NodeView("api", "service", "ready")
    with served(str(tmp_path / "run" / "s"), node, stall=0.0) as landlord, socket.socket(socket.AF_UNIX) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(landlord.path)
        slow.sendall(b'{"v":1,"op":"logs","tail":0,"follow":true}\n')
        slow.recv(10)  # the answer has begun: from here on everything is followed
        text = "x" * 100_000
        for _ in range(20):
            landlord.do(lambda house: house.book.add("api", 1, "out", text))
            assert Client(landlord.path).status().instance == "demo"
        taken = 0
        while chunk := slow.recv(1 << 20):
            taken += len(chunk)
    assert taken < 20 * len(text)


def test_a_house_that_ends_lets_its_clients_go(tmp_path: Path) -> None:
    """Whoever follows sees the end of the connection, not a hang."""
    with served(str(tmp_path / "run" / "s"), NodeView("api", "service", "ready")) as landlord:
        frames = Client(landlord.path).frames()
        next(frames)
        landlord.end()
        with pytest.raises(ConnectionError):
            next(frames)


def test_too_many_clients_are_told_so(tmp_path: Path) -> None:
    """The limit is a sentence, not a hang."""
    with served(str(tmp_path / "run" / "s"), NodeView("api", "service", "ready")) as landlord:
        waiting = [Client(landlord.path).frames() for _ in range(MOST)]
        for frames in waiting:
            next(frames)
        (message,) = talk(landlord.path, b"")
        assert f"{MOST} clients are connected already" in str(message["what"])
        for frames in waiting:
            frames.close()


@pytest.mark.parametrize(
    "ask", [b"%s", b'{"v":1,"op":"status","names":%s}', b'{"v":1,"op":"options","values":{"a":%s}}']
)
def test_deep_nesting_gets_one_error(landlord: Landlord, ask: bytes) -> None:
    """Brackets within brackets are a wrong request, and no mistake of ours."""
    (message,) = talk(landlord.path, ask % (b"[" * 100_000 + b"]" * 100_000) + b"\n")
    assert message["type"] == "error"
    assert "mistake of Homeport" not in str(message["what"])
    assert Client(landlord.path).status().instance == "demo"


def test_a_client_that_says_nothing_is_let_go(tmp_path: Path) -> None:
    """Whoever connects has a request; a silent one would take another one's place."""
    node = NodeView("api", "service", "ready")
    with served(str(tmp_path / "run" / "s"), node, silence=0.0) as landlord, socket.socket(socket.AF_UNIX) as silent:
        silent.connect(landlord.path)
        with silent.makefile("rb") as answer:
            (message,) = [json.loads(line) for line in answer]
    assert "no request came" in message["what"]


def test_more_replicas_than_a_machine_runs_are_refused(landlord: Landlord) -> None:
    """A slip of the finger does not take the memory of the machine."""
    (message,) = talk(landlord.path, b'{"v":1,"op":"scale","name":"api","replicas":1000000000}\n')
    assert message["what"] == '"1000000000" replicas: expected at most 1000'


OTHER = """
import ctypes, json, os, socket, sys
os.chdir(os.path.dirname(sys.argv[1]))
os.setresuid(0, 65534, 0)
if sys.argv[2] == "past the permissions":
    ctypes.CDLL(None).setfsuid(0)
connection = socket.socket(socket.AF_UNIX)
try:
    connection.connect(os.path.basename(sys.argv[1]))
except PermissionError:
    print("not let in")
else:
    print(json.loads(connection.makefile("rb").readline())["what"])
"""


@pytest.mark.skipif(os.getuid() != 0 or sys.platform != "linux", reason="only root on Linux can be somebody else")
@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("by the door", "not let in"),
        ("past the permissions", "this house belongs to user 0, and you are user 65534"),
    ],
)
def test_another_user_is_not_let_in(landlord: Landlord, way: str, told: str) -> None:
    """The permissions keep others out; one who gets past them is known by the user id of the peer, and refused."""
    done = subprocess.run([sys.executable, "-c", OTHER, landlord.path, way], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == told
