"""What tests of the helper do from outside: start it, send it frames, and wait for what it answers, never for time."""

import itertools
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from homeport.wire import helper as wire

LIMIT = 20.0
"""Seconds after which an answer is missing."""

F = TypeVar("F", bound=wire.Frame)


class Stream:
    """A ``serve`` and all that it has said that nobody has asked for yet."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self._decoder = wire.Decoder()
        self._heard: list[wire.Frame] = []
        self._numbers = itertools.count(1)

    def number(self) -> int:
        """Return an id that was not used."""
        return next(self._numbers)

    def send(self, *frames: wire.Frame) -> None:
        """Send frames."""
        self.raw(b"".join(map(wire.encode, frames)))

    def raw(self, sent: bytes) -> None:
        """Send bytes while reading what comes: who does not read would stop the helper, and then itself."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        poll, rest, end = select.poll(), memoryview(sent), time.monotonic() + LIMIT
        to, back = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(to, False)
        poll.register(to, select.POLLOUT)
        poll.register(back, select.POLLIN)
        while rest:
            assert time.monotonic() < end, "nobody takes what is sent"
            for fd, _ in poll.poll(1000):
                if fd == to:
                    rest = rest[os.write(to, rest[: 1 << 20]) :]
                else:
                    self._heard += self._decoder.feed(os.read(back, 1 << 20))

    def hear(self, kind: type[F], wanted: Callable[[F], bool] = lambda _: True) -> F:
        """Return the next frame of a kind that is wanted. Raises AssertionError when none comes."""
        end = time.monotonic() + LIMIT
        while True:
            for frame in self._heard:
                if isinstance(frame, kind) and wanted(frame):
                    self._heard.remove(frame)
                    return frame
            assert self._read(end - time.monotonic()), f"no {kind.__name__}, only {self._heard}"

    def _read(self, seconds: float) -> bytes:
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], max(0.0, seconds))[0]:
            return b""
        received = os.read(self.process.stdout.fileno(), 1 << 20)
        self._heard += self._decoder.feed(received)
        return received

    def rest(self) -> list[wire.Frame]:
        """Wait for the end of the stream; return what nobody has asked for."""
        while self._read(LIMIT):
            pass
        return self._heard

    def ask(self, kind: Callable[..., wire.Frame], *values: Any) -> int:
        """Send one frame and return the errno of its answer."""
        number = self.number()
        self.send(kind(number, *values))
        return self.ack(number)

    def ack(self, number: int) -> int:
        """Return the errno of the answer to a frame."""
        return self.hear(wire.Ack, lambda frame: frame.id == number).errno

    def write(self, path: Path | str, content: bytes, mode: int = 0o644) -> int:
        """Write a file; return the errno."""
        number = self.number()
        self.send(*wire.parts(number, str(path), mode, content))
        return self.ack(number)

    def run(self, *arguments: str, folder: str = "") -> tuple[int, bytes, bytes]:
        """Run a command; return its status and what it wrote."""
        number = self.number()
        self.send(wire.Run(number, folder, arguments))
        status = self.hear(wire.Exit, lambda frame: frame.id == number).value
        return status, self.said(wire.Output, number), self.said(wire.Complaint, number)

    def said(self, kind: type[wire.Output] | type[wire.Complaint], number: int) -> bytes:
        """Return what has come of a command's output, in its order."""
        found = [frame for frame in self._heard if isinstance(frame, kind) and frame.id == number]
        self._heard = [frame for frame in self._heard if frame not in found]
        return b"".join(frame.content for frame in found)

    def state(self) -> wire.State:
        """Ask for the state."""
        number = self.number()
        self.send(wire.Hello(number))
        return self.hear(wire.State, lambda frame: frame.id == number)

    def hear_state_of_one(self) -> wire.State:
        """Ask for the state until process 1 is there, which was started a moment ago."""
        end = time.monotonic() + LIMIT
        while not (state := self.state()).age:
            assert time.monotonic() < end, "there is no process 1"
        return state

    def news(self, wanted: Callable[[wire.State], bool]) -> wire.State:
        """Return the next state that comes unasked and is wanted."""
        return self.hear(wire.State, lambda frame: frame.id == 0 and wanted(frame))

    def end(self) -> int:
        """Close the input; return the status of ``serve``."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(LIMIT)

    def complaint(self) -> str:
        """Return what ``serve`` wrote to its standard error, once it has ended."""
        self.process.wait(LIMIT)
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def close(self) -> None:
        """End it, and close everything."""
        with self.process:
            self.process.kill()


class Container:
    """One helper as process 1, as many ``serve`` as are asked for, and a folder that may be changed."""

    def __init__(self, program: Path, root: Path, name: str) -> None:
        self.root = root
        self._program = program
        self._environment = {**os.environ, "HOMEPORT_HELPER_NAME": name}
        self._opened: list[Stream] = []
        self.one: subprocess.Popen[bytes] | None = None

    def start(self, *command: str, user: int | None = None) -> "subprocess.Popen[bytes]":
        """Start process 1 with a command (none: a relay), which is a shell's text when it is one word with a space."""
        words = ("sh", "-c", *command) if len(command) == 1 and " " in command[0] else command
        line = [str(self._program), "run", *(("--", *words) if words else ())]
        self.one = subprocess.Popen(
            line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=self._environment, cwd=self.root, user=user
        )
        return self.one

    def line(self) -> str:
        """Return the next line that the command prints."""
        assert self.one is not None
        assert self.one.stdout is not None
        text = b""
        while not text.endswith(b"\n"):
            assert select.select([self.one.stdout], [], [], LIMIT)[0], "the command says nothing"
            if not (byte := os.read(self.one.stdout.fileno(), 1)):
                break
            text += byte
        return text.decode().strip()

    def serve(self, *roots: str, user: int | None = None, program: Path | None = None) -> Stream:
        """Open a stream, as ``exec`` does."""
        line = [str(program or self._program), "serve", *(roots or (str(self.root),))]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        made = Stream(subprocess.Popen(line, env=self._environment, user=user, bufsize=0, **pipes))
        self._opened.append(made)
        return made

    def close(self) -> None:
        """End everything."""
        for stream in self._opened:
            stream.close()
        if self.one is not None:
            with self.one:
                # Who is deaf has to be killed; process 1 then ends, with all the rest. What it starts as it ends is its own.
                children = _children(self.one.pid)
                self.one.terminate()
                for pid in children:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def ended(pid: int) -> None:
    """Wait until a process has ended."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([fd], [], [], LIMIT)[0], f"process {pid} lives on"
    finally:
        os.close(fd)
