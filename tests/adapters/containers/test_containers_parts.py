"""Parts of the way to an engine that need none: streams, refusals, logins, gateways, and an engine that goes away."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.adapters.containers import DockerContainers
from homeport.adapters.containers.credentials import registry_auth
from homeport.adapters.containers.engine import Engine, Refused
from homeport.adapters.containers.failing import pull_failure, start_failure
from homeport.adapters.containers.finding import Address
from homeport.adapters.containers.gateway import gateway_in
from homeport.adapters.containers.streams import Splitter
from homeport.ports.containers import Belongs, ContainerLaunch, Promise
from homeport.ports.fakes.output import Ear
from homeport.ports.runtime import Exit

LAUNCH = ContainerLaunch("db", "redis", Belongs("shop", "o", "db", "h"), ports={6379: 7000})
Answering = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=20))), st.lists(st.integers(1, 30)))
def test_frames_may_be_cut_anywhere(frames: list[tuple[int, bytes]], cuts: list[int]) -> None:
    """However the bytes arrive, each stream gets its own, in order."""
    data = b"".join(bytes([which, 0, 0, 0]) + len(text).to_bytes(4, "big") + text for which, text in frames)
    ear = Ear()
    splitter = Splitter(ear, tty=False)
    for cut in cuts:
        splitter.feed(data[:cut])
        data = data[cut:]
    splitter.feed(data)
    for which, stream in ((1, "out"), (2, "err")):
        wanted = b"".join(text for number, text in frames if number == which)
        assert b"".join(text for heard, text in ear.heard if heard == stream) == wanted


@pytest.mark.parametrize(
    ("said", "sentence", "step"),
    [
        (
            "Bind for 127.0.0.1:7000 failed: port is already allocated",
            "db: its port 127.0.0.1:7000 is taken",
            "lsof -i :7000",
        ),
        ("Ports are not available: address already in use", "db: its port 7000 is taken", "lsof -i :7000"),
        (
            'exec: "nope": executable file not found in $PATH: unknown',
            'db: "nope" cannot be started in the image',
            "run=",
        ),
        ("invalid mount config: bind source path does not exist: /x/0", "db: the engine cannot see a file", "share"),
        ("something else", 'db: a container of "redis" could not be started: something else', "docker run"),
    ],
)
def test_a_refusal_of_a_start_is_a_sentence_with_a_next_step(said: str, sentence: str, step: str) -> None:
    """What is in the way, and what to do."""
    error = start_failure(LAUNCH, Refused(500, said))
    assert error.what.startswith(sentence)
    assert step in str(error.hint)


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ("pull access denied for x, repository does not exist", "docker login"),
        ("dial tcp: lookup registry-1.docker.io: no such host", "network"),
        ("manifest unknown", "check its name"),
    ],
)
def test_a_failed_pull_has_a_next_step(said: str, step: str) -> None:
    """By what the engine said."""
    assert step in str(pull_failure("x", said).hint)


async def test_a_login_is_sent_to_its_registry_alone(tmp_path: Path) -> None:
    """As `docker login` noted it; nobody else hears of it."""
    auth = base64.b64encode(b"me:se:cret").decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {"there:5000": {"auth": auth}}}))
    environ = {"DOCKER_CONFIG": str(tmp_path)}
    header = (await registry_auth(environ, "there:5000"))["X-Registry-Auth"]
    known = {"username": "me", "password": "se:cret", "serveraddress": "there:5000"}
    assert json.loads(base64.urlsafe_b64decode(header)) == known
    assert await registry_auth(environ, "docker.io") == {}


async def test_a_credential_helper_is_asked(tmp_path: Path) -> None:
    """It hears the registry's name and answers with a name and a secret; one that fails counts as nobody."""
    (tmp_path / "config.json").write_text(json.dumps({"credsStore": "test"}))
    helper = tmp_path / "docker-credential-test"
    helper.write_text(
        '#!/bin/sh\nread server\n[ "$server" = there:5000 ] && echo \'{"Username": "<token>", "Secret": "t"}\'\n'
    )
    helper.chmod(0o755)
    environ = {"DOCKER_CONFIG": str(tmp_path), "PATH": f"{tmp_path}:/usr/bin:/bin"}
    header = (await registry_auth(environ, "there:5000"))["X-Registry-Auth"]
    assert json.loads(base64.urlsafe_b64decode(header)) == {"identitytoken": "t", "serveraddress": "there:5000"}
    assert await registry_auth(environ, "elsewhere") == {}


def test_a_gateway_is_an_address_of_this_machine() -> None:
    """Where the bridge's address is none of ours the engine runs in a machine of its own."""
    assert gateway_in({"IPAM": {"Config": [{"Gateway": "127.0.0.1"}]}}) == "127.0.0.1"
    assert gateway_in({"IPAM": {"Config": [{"Subnet": "127.0.0.0/8"}]}}) == "127.0.0.1"
    assert gateway_in({"IPAM": {"Config": [{"Gateway": "192.0.2.1"}]}}) is None
    assert gateway_in({"IPAM": {"Config": None}}) is None


@asynccontextmanager
async def answering(path: Path, answer: Answering) -> AsyncIterator[asyncio.Server]:
    """Serve an engine's socket."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        await answer(" ".join(head.split(" ", 2)[:2]), writer)
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    try:
        yield server
    finally:
        server.close()
        with suppress(FileNotFoundError):  # newer Pythons remove it themselves
            os.unlink(path)


def whole(status: int, told: object = None) -> bytes:
    body = b"" if told is None else json.dumps(told).encode()
    return b"HTTP/1.1 %d Some\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


async def test_an_answer_in_chunks_is_put_together(tmp_path: Path) -> None:
    """As HTTP/1.1 allows an engine to send it."""

    async def answer(asked: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n')

    async with answering(tmp_path / "s", answer):
        assert await Engine(Address(f"unix://{tmp_path}/s")).ask("GET", "/x") == {"a": 1}


class Recorder:
    """A will that is remembered."""

    def __init__(self) -> None:
        self.kept: dict[str, Promise] = {}

    def promise(self, promise: Promise) -> None:
        self.kept[promise.name] = promise

    def release(self, name: str) -> None:
        del self.kept[name]


async def test_an_engine_may_go_away_and_come_back(tmp_path: Path) -> None:
    """It is told, nothing ends by it, and the end that the container had meanwhile is known once the engine answers."""
    path, notes, will = tmp_path / "s", list[str](), Recorder()
    attached, away = asyncio.Event(), asyncio.Event()

    async def first(asked: str, writer: asyncio.StreamWriter) -> None:
        match asked.partition("?")[0].split("/"):
            case ["POST ", "containers", _, "attach"]:
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n\1\0\0\0\0\0\0\2hi")
                await writer.drain()
                attached.set()
                await away.wait()
            case ["GET ", "containers", _, "json"]:
                writer.write(whole(200, {"State": {"Pid": 0}}))
            case _:
                writer.write(whole(200, {}))

    async def second(asked: str, writer: asyncio.StreamWriter) -> None:
        match asked.partition("?")[0].split("/"):
            case [*_, "attach"]:
                writer.write(whole(409, {"message": "it has ended"}))
            case [*_, "wait"]:
                writer.write(whole(200, {"StatusCode": 3}))
            case _:
                writer.write(whole(204))

    told = asyncio.Event()

    def note(text: str) -> None:
        notes.append(text)
        told.set()

    ear = Ear()
    async with DockerContainers({"DOCKER_HOST": f"unix://{path}"}, tmp_path, will) as containers:
        async with answering(path, first):
            process = await containers.start(LAUNCH, ear, note)
            await ear.until(b"hi")
            assert [promise.sure for promise in will.kept.values()] == [True]
        away.set()
        await told.wait()
        async with answering(path, second):
            assert await process.wait() == Exit(code=3)
            assert await process.end("SIGTERM", 5) == Exit(code=3)
    assert "no container engine answers" in notes[0]
    assert will.kept == {}
