"""One run of the child program: spawned, listened to within bounds, and always gone at the end."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from homeport.aio.children import waiting_for

CHILD: Final = str(Path(__file__).with_name("child.py"))
ANSWER_LIMIT: Final = 64 * 1024 * 1024
OUTPUT_LIMIT: Final = 64 * 1024
_SPARE: Final = 2.0
"""Seconds that the child has after its own limit, which tells where the file was, before it is killed unasked."""


class Heard(Struct, frozen=True):
    """What became of the child: its answer (a document ended by a zero byte, or less), its output, how it ended."""

    answer: bytes
    output: str
    ending: int
    overdue: bool


class _Ear(asyncio.Protocol):
    """Collects what a pipe says up to a limit; the rest is read and dropped. ``done`` once nothing more is expected."""

    def __init__(self, limit: int, *, until_zero: bool) -> None:
        self.heard = bytearray()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._limit = limit
        self._until_zero = until_zero

    def data_received(self, data: bytes) -> None:
        self.heard += data[: max(0, self._limit - len(self.heard))]
        if self._until_zero and (data.endswith(b"\0") or len(self.heard) >= self._limit):
            self._finish()

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish()

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)


class Question(Struct, frozen=True):
    """What the child is asked: to evaluate with ``options``, within ``limit`` seconds, and what functions make of ``objects``."""

    options: Mapping[str, str]
    limit: float
    objects: Mapping[str, Any] = {}


async def run(python: str, file: str, question: Question, environ: Mapping[str, str]) -> Heard:
    """Run the child on a file and return what it said. Raises OSError when the interpreter cannot be started."""
    loop = asyncio.get_running_loop()
    answer_end, child_end = os.pipe()
    with contextlib.ExitStack() as held:
        answer_pipe = held.enter_context(os.fdopen(answer_end, "rb", 0))
        try:
            process = _spawn(python, file, environ, child_end)
        finally:
            os.close(child_end)
        assert process.stdout is not None
        assert process.stdin is not None
        held.enter_context(process.stdout)
        held.enter_context(waiting_for(process.pid))
        # Before the pipes are closed, also when we are cancelled: a loop that still listens to a number which the next pipe
        # gets would never hear that one.
        listening = held.enter_context(contextlib.ExitStack())
        asking: asyncio.WriteTransport | None = None
        try:
            answer, answering = _Ear(ANSWER_LIMIT, until_zero=True), _Ear(OUTPUT_LIMIT, until_zero=False)
            listening.callback((await loop.connect_read_pipe(lambda: answer, answer_pipe))[0].close)
            listening.callback((await loop.connect_read_pipe(lambda: answering, process.stdout))[0].close)
            # Written as fast as the child reads it: a question may hold more than a pipe does.
            asking = (await loop.connect_write_pipe(asyncio.BaseProtocol, process.stdin))[0]
            asking.write(msgspec.json.encode(question) + b"\n")
            overdue = not await _within(question.limit + _SPARE, answer.done)
        finally:
            if asking is not None and not asking.is_closing():
                asking.abort()
            await _end(process)
        await _within(0.2, answering.done)  # a grandchild in a session of its own may hold the pipe for ever
        ending = process.returncode if process.returncode is not None else 0
        return Heard(bytes(answer.heard), answering.heard.decode("utf-8", "replace"), ending, overdue)


def _spawn(python: str, file: str, environ: Mapping[str, str], answer: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # it takes 2 ms, and the loop reads its pipes
        [python, CHILD, str(answer), file],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(answer,),
        cwd=os.path.dirname(file),
        env=dict(environ),
        start_new_session=True,
        bufsize=0,
    )


async def _within(seconds: float, done: asyncio.Future[None]) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await asyncio.shield(done)
    except TimeoutError:
        return False
    return True


async def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of the child and its group, then collect it: until then its number cannot be another's."""
    assert process.stdin is not None
    process.stdin.close()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    await asyncio.to_thread(process.wait)
