"""The socket of a house under everything that a broken or hostile client may send."""

import json
import os
import random
import resource
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import psutil

from drills.drill import Broken, Drill, Figure, Values, insist
from drills.stage import Stage
from drills.waiting import until
from homeport.client.client import Client
from homeport.wire.requests import LIMIT

STACK = """
from homeport import Stack

stack = Stack("besieged")
stack.option("level", default="info")
stack.service("api", run="while :; do echo tick; sleep 0.2; done")
stack.task("seed", run="echo seeded", manual=True)
"""
SAMPLES: tuple[dict[str, object], ...] = (
    {"op": "status", "names": ["api"], "since": 0},
    {"op": "follow", "names": [], "since": 0, "pace": 0.1},
    {"op": "wait", "names": ["api"], "condition": "ready", "timeout": 0.01},
    {"op": "why", "name": "api"},
    {"op": "pause", "names": ["api"]},
    {"op": "resume", "names": ["api"]},
    {"op": "enable", "names": ["api"]},
    {"op": "select", "names": ["api"]},
    {"op": "options", "values": {}, "forget": ["level"]},
    {"op": "wishes"},
    {"op": "logs", "names": ["api"], "tail": 10, "since": 0.0, "level": "info", "follow": True},
    {"op": "environment", "name": "api"},
    {"op": "secrets"},
    {"op": "left"},
    {"op": "dump", "tail": 5},
)
"""A request of every kind but those that would end or replace what runs: that is what they are for."""
ODD: tuple[object, ...] = (
    *(None, True, -1, 0, 2**63, 10**400, 1e308, -0.5, "", "api", "\ud83d\ude00", "\0", "*" * 2000, "["),
    *([], ["api"] * 5000, {}, {"a": {}}),
)
NONSENSE = (
    *(b"GET / HTTP/1.1\r\n", b"null\n", b"[]\n", b'"status"\n', b"{}\n", b'{"v":1}\n', b'{"v":1,"op":null}\n'),
    *(b'{"v":2,"op":"status"}\n', b'{"v":1,"op":"format-disk"}\n', b'{"v":1,"op":"status","names":7}\n'),
    b'{"v":1,"op":"status","more":7}\n',
)
GROWTH = 30.0
"""Megabytes that the engine may grow by."""


def siege(stage: Stage) -> Values:
    """Send everything, and ask for the status after each."""
    _many_files()
    stage.write("stack.py", STACK)
    house = stage.up()
    engine, client = psutil.Process(house.pid), stage.client()
    path, before = client.path, client.status()
    pids = [replica.pid for node in before.nodes for replica in node.replicas]
    _fuzz(path, stage.chance, 50)  # what is used for the first time costs memory once
    grown, slowest = engine.memory_info().rss, 0.0
    for attack in (
        _noise,
        _huge,
        _nested,
        _half_open,
        _crowd,
        _slow,
        lambda *_: _fuzz(path, stage.chance, 300 if stage.short else 3000),
    ):
        attack(path, stage.chance)
        slowest = max(slowest, _asked(client))
    grown = engine.memory_info().rss - grown
    after = client.status()
    insist([replica.pid for node in after.nodes for replica in node.replicas] == pids, "what ran was replaced")
    bugs = [notice for notice in after.notices if "bug" in notice]
    insist(not bugs, f"the house tripped: {bugs} {stage.homeport('logs', 'homeport').stdout[-2000:]}")
    _end(stage)
    return {"slowest": slowest, "grown": grown / 1e6}


def _asked(client: Client) -> float:
    """Return how long the house takes to answer an honest client."""
    began = time.monotonic()
    client.status()
    return time.monotonic() - began


def _is_in(connection: socket.socket, path: str) -> bool:
    try:
        connection.connect(path)
    except BlockingIOError:
        return False  # too many wait before the door
    return True


@contextmanager
def _connected(path: str, limit: float = 20.0) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(limit)
        until(lambda: _is_in(connection, path), "nobody lets us in", limit)
        yield connection


def _tell(path: str, data: bytes, *, ends: bool = True) -> list[dict[str, object]]:
    """Send bytes and return the messages that come back until the house is done with this client."""
    with _connected(path) as connection:
        try:
            connection.sendall(data)
            if ends:
                connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # its last word is read below
        heard = bytearray()
        try:
            while chunk := connection.recv(1 << 18):
                heard += chunk
        except ConnectionResetError:
            pass
    return [json.loads(line) for line in heard.splitlines()]


def _errors(path: str, data: bytes, *, ends: bool = True) -> None:
    """Insist that the answer to these bytes is one clear error."""
    messages = _tell(path, data, ends=ends)
    what = str(messages[-1].get("what", "")) if messages else ""
    insist(len(messages) == 1 and messages[0]["type"] == "error", f"{data[:60]!r} was answered by {messages[:2]}")
    insist("mistake of Homeport" not in what and "Traceback" not in what, f"{data[:60]!r}: {what}")


def _noise(path: str, chance: random.Random) -> None:
    """Bytes that mean nothing."""
    for size in (1, 10, 1000, 100_000):
        noise = chance.randbytes(size).replace(b"\n", b"\r")
        _errors(path, b"\xff" + noise + b"\n")
        _errors(path, b"\xff" + noise)
    for request in NONSENSE:
        _errors(path, request)


def _huge(path: str, _: random.Random) -> None:
    """A hundred megabytes without a line end; many just too long at the same time."""
    block = b"x" * LIMIT
    with _connected(path) as connection:
        sent = 0
        try:
            while sent < 100 * LIMIT:
                sent += connection.send(block)
        except (BrokenPipeError, ConnectionResetError):
            pass
    insist(sent < 10 * LIMIT, f"the house took {sent >> 20} MiB of one request")
    with ExitStack() as held:
        for _each in range(10):
            connection = held.enter_context(_connected(path))
            connection.sendall(b'{"v":1,"op":"why","name":"' + b"x" * (LIMIT // 2))


def _nested(path: str, _: random.Random) -> None:
    """Brackets within brackets."""
    for depth in (100, 2000, 100_000):
        for open_, shut in ((b"[", b"]"), (b'{"a":', b"}")):
            inner = open_ * depth + b"1" + shut * depth
            _errors(path, inner + b"\n")
            _errors(path, b'{"v":1,"op":"status","names":' + inner + b"}\n")
            _errors(path, b'{"v":1,"op":"options","values":{"level":' + inner + b"}}\n")


def _half_open(path: str, _: random.Random) -> None:
    """Clients that come and say nothing, half of something, or leave within an answer."""
    for data in (
        b"",
        b"{",
        b'{"v":1,"op":"follow"}\n',
        b'{"v":1,"op":"logs","follow":true}\n',
        b'{"v":1,"op":"dump"}\n',
    ):
        for _each in range(20):
            with _connected(path) as connection:
                connection.sendall(data)


def _crowd(path: str, _: random.Random) -> None:
    """Two thousand clients: those that are too many are told so, and those who go make room."""
    refused = 0
    with ExitStack() as held:
        crowd = [held.enter_context(_connected(path)) for _each in range(2000)]
        for connection in crowd[-100:]:
            refused += b"connected already" in connection.recv(1000)
    insist(refused == 100, f"of the last hundred clients {refused} were told that they are too many")
    for _each in range(200):
        if _tell(path, b'{"v":1,"op":"left"}\n')[-1]["type"] == "end":
            return
    raise Broken("the crowd is gone and there is still no room")


def _slow(path: str, _: random.Random) -> None:
    """Clients that ask for much and read nothing."""
    with ExitStack() as held:
        for _each in range(50):
            connection = held.enter_context(_connected(path))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            connection.setblocking(False)
            try:
                for _again in range(1000):
                    connection.send(b'{"v":1,"op":"dump","tail":1000}\n')
            except BlockingIOError:
                continue
        for _each in range(3):
            _tell(path, b'{"v":1,"op":"status"}\n')


def _fuzz(path: str, chance: random.Random, count: int) -> None:
    """Honest requests with something wrong: each is answered or refused, and never a mistake of ours."""
    for _each in range(count):
        data = _spoilt(chance)
        for message in _tell(path, data):
            what = str(message.get("what", ""))
            insist("mistake of Homeport" not in what, f"{data[:200]!r} was answered by {what!r}")


def _spoilt(chance: random.Random) -> bytes:
    request: dict[str, object] = {"v": 1, **chance.choice(SAMPLES)}
    ways: Sequence[Callable[[], object]] = (
        lambda: request.update({chance.choice(list(request)): chance.choice(ODD)}),
        lambda: request.update({chance.choice(("names", "name", "tail", "x")): chance.choice(ODD)}),
        lambda: request.pop(chance.choice(list(request))),
    )
    for _each in range(chance.randint(0, 2)):
        if request:
            chance.choice(ways)()
    data = bytearray(json.dumps(request, ensure_ascii=chance.random() < 0.9).encode("utf-8", "surrogatepass"))
    for _each in range(chance.choice((0, 0, 1, 5))):
        at = chance.randrange(len(data))
        data[at : at + chance.randint(0, 2)] = chance.randbytes(chance.randint(0, 2)).replace(b"\n", b"")
        data = data or bytearray(b" ")
    return bytes(data) + b"\n"


def _many_files() -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard) if hard != resource.RLIM_INFINITY else 4096, hard))


def _end(stage: Stage) -> None:
    done = stage.homeport("down")
    insist(done.returncode == 0, f"the house could not be ended: {done.stderr}")


def _needs() -> str | None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    enough = hard == resource.RLIM_INFINITY or hard >= 4096
    return None if enough and os.name == "posix" else "it opens 2,000 connections, and the limit of files is lower"


DRILLS = (
    Drill(
        "socket",
        "Noise, huge and half requests, crowds and slow readers end in an error or a closed connection; the house goes on",
        siege,
        (
            Figure("status answered within", "slowest", limit=1.0),
            Figure("memory grown by", "grown", "MB", limit=GROWTH),
        ),
        needs=_needs,
    ),
)
