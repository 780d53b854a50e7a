"""A house without a terminal (``up -d``): started as a process of its own, which tells when it can be reached."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, BinaryIO

from msgspec import Struct

from homeport.model.errors import OutsideError


class Opened(Struct, frozen=True):
    """What the new process told: where its house listens; ``already``: it found one that ran."""

    socket: str
    name: str
    already: bool = False


class Failed(Exception):
    """The house did not open: ``code`` is its exit code, ``said`` what it wrote."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(said)
        self.code = code
        self.said = said


def start(words: Sequence[str], say: Callable[[str], None]) -> Opened:
    """Start ``homeport WORDS… --tell FD`` in a session of its own; return once it can be reached. Raises Failed.

    ``say`` hears what it is busy with before that.
    """
    here, there = os.pipe()
    with tempfile.TemporaryFile() as said, open(here, "rb") as news:
        try:
            # -P: a module in the working folder must not stand in for one of ours.
            process = subprocess.Popen(  # it is to outlive us
                [sys.executable, "-P", "-m", "homeport", *words, "--tell", str(there)],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                pass_fds=[there],
                start_new_session=True,
            )
        except OSError as error:
            raise OutsideError(f"a detached house cannot be started: {error.strerror}") from None
        finally:
            os.close(there)
        try:
            found = _news(news, say)
        except KeyboardInterrupt:
            process.terminate()  # it has a session of its own, and nobody could see that it goes on
            process.wait()
            raise
        if found is None:
            code = process.wait()
            said.seek(0)
            raise Failed(code or 1, said.read().decode(errors="replace"))
    process.returncode = 0  # nobody waits for it: Popen would warn about that
    return Opened(found["socket"], found["name"], found["already"])


def _news(news: BinaryIO, say: Callable[[str], None]) -> dict[str, Any] | None:
    """Pass on what is said; return what tells that the house is open, None when it ended before."""
    for line in news:
        told: dict[str, Any] = json.loads(line)
        if "said" not in told:
            return told
        say(told["said"])
    return None


def mention(descriptor: int, sentence: str) -> None:
    """Say something to the waiting process before the house is open. It may have left: that is no reason to end."""
    with suppress(BrokenPipeError):
        os.write(descriptor, json.dumps({"said": sentence}).encode() + b"\n")


def tell(descriptor: int, opened: Opened) -> None:
    """Tell the waiting process where the house listens; what is written from now on goes to its log."""
    with open(descriptor, "wb") as news:
        news.write(
            json.dumps({"socket": opened.socket, "name": opened.name, "already": opened.already}).encode() + b"\n"
        )


def log_to(path: str) -> None:
    """Let standard output and error go to a file, which begins anew."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
