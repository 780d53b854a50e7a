"""Where a drill plays: folders and an environment of its own, the real command line, and a count of who is left."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from drills.waiting import until
from homeport.cli.registry import names_of, socket_in
from homeport.client.client import Client

CHECKOUT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(__file__).resolve().parent / "programs"
SWEEPS = 20
GONE = 5.0
"""Seconds in which everything must be gone, however Homeport ended."""


@dataclass
class Stage:
    """One round of a drill. ``chance`` is seeded by the run's seed, the drill's name and the round: it can be replayed.

    ``short``: the round may be smaller, because CI waits for it. ``more``: variables that commands find besides.
    """

    folder: Path
    chance: random.Random
    short: bool = False
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> Mapping[str, str]:
        """An environment whose folders belong to this round alone; every process of it carries the mark."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "HOMEPORT_"))}
        return {
            **kept,
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "DRILL": self.mark,
            "DRILL_PIDS": str(self.folder / "pids"),
            "PYTHONUNBUFFERED": "1",
            **self.more,
        }

    def write(self, name: str, text: str) -> Path:
        """Write a file of this round, such as its stack file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def write_stack(self, text: str, **names: object) -> Path:
        """Write the stack file, with a value for each name that its text uses."""
        return self.write("stack.py", "\n".join(f"{name} = {value!r}" for name, value in names.items()) + text)

    def command(self, *words: str) -> list[str]:
        """Return the command line of a command."""
        return [sys.executable, "-P", "-m", "homeport", *words]

    def homeport(self, *words: str, cwd: Path | None = None, limit: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a command to its end and return what it did."""
        return subprocess.run(
            self.command(*words),
            cwd=cwd or self.folder,
            env=self.environ,
            text=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=limit,
            check=False,
        )

    def start(self, *words: str, cwd: Path | None = None, session: bool = False) -> "subprocess.Popen[bytes]":
        """Start a command and go on; what it says goes to the file ``out``."""
        with open(self.folder / "out", "ab") as out:
            return subprocess.Popen(
                self.command(*words),
                cwd=cwd or self.folder,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=session,
            )

    def up(self, *words: str, limit: float = 60.0) -> "subprocess.Popen[bytes]":
        """Start a house in the background and return its engine's process once all is ready."""
        house = self.start("up", *words)
        until(lambda: self._socket() or house.poll() is not None, f"no house can be reached: {self.said()}", limit)
        done = self.homeport("wait", "--timeout", f"{limit:g}s", limit=limit + 10)
        if done.returncode:
            raise RuntimeError(f"the stack did not become ready:\n{done.stdout}{done.stderr}{self.said()}")
        return house

    def said(self) -> str:
        """Return what started commands said."""
        out = self.folder / "out"
        return out.read_text(errors="replace") if out.exists() else ""

    def client(self, file: str = "stack.py") -> Client:
        """Return a client of the house that runs this file."""
        return Client(until(lambda: self._socket(file), f"no house of {file} can be reached"), 10.0)

    def guardian(self, engine: int) -> int:
        """Return the process id of an engine's guardian."""
        return until(lambda: _guardian_below(engine), f"the engine {engine} has no guardian")

    def noted(self) -> set[int]:
        """Return the process ids that hostile programs noted of themselves: they may have no mark any more."""
        path = self.folder / "pids"
        return {int(word) for word in path.read_text().split()} if path.exists() else set()

    def left(self) -> list[str]:
        """Return who lives and belongs to this round, this program itself aside."""
        return [described for pid, described in self._living() if pid != os.getpid()]

    def sweep(self) -> None:
        """Kill what a broken promise, or a drill that was cut short, left; a house that starts others meanwhile included."""
        for _ in range(SWEEPS):
            living = [pid for pid, _ in self._living() if pid != os.getpid()]
            if not living:
                return
            for pid in living:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _socket(self, file: str = "stack.py") -> str | None:
        state = str(self.folder / "state" / "homeport")
        names = names_of(state, str(self.folder / file), None)
        path = socket_in(state, names[0]) if names else None
        return path if path is not None and os.path.exists(path) else None

    def _living(self) -> Iterator[tuple[int, str]]:
        noted = self.noted()
        for process in psutil.process_iter():
            try:
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                if process.pid in noted or process.environ().get("DRILL") == self.mark:
                    yield process.pid, f"{process.pid} ({' '.join(process.cmdline())[:120]})"
            except psutil.Error:
                continue


def _guardian_below(engine: int) -> int | None:
    for child in psutil.Process(engine).children():
        try:
            if any(part.endswith("guardian/start.py") for part in child.cmdline()):
                return child.pid
        except psutil.Error:
            continue
    return None


@contextmanager
def stage(seed: str, *, short: bool) -> Iterator[Stage]:
    """Give a stage for one round; nothing of it is left afterwards, whatever happened."""
    folder = Path(tempfile.mkdtemp(prefix="drill-"))
    (folder / "run").mkdir(mode=0o700)
    (folder / ".git").mkdir()  # the search for a virtual environment ends here
    given = Stage(folder, random.Random(seed), short)
    try:
        yield given
    finally:
        given.sweep()
        shutil.rmtree(folder, ignore_errors=True)
