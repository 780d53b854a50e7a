"""Real stores for the tests of what starts them."""

import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest


class Launched:
    """A launcher, and the server that it becomes: one process in a session of its own."""

    def __init__(self, argv: list[str], cwd: Path | None, environ: dict[str, str]) -> None:
        self._mark = f"HOMEPORT_TEST_MARK={uuid.uuid4()}"
        name, _, value = self._mark.partition("=")
        self.process = subprocess.Popen(
            argv,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**environ, name: value},
            start_new_session=True,
        )
        self.output = ""

    def until(self, text: str) -> None:
        """Read on until a line with ``text`` appears; its end before that fails the test."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.output += line.decode()
            if text in line.decode():
                return
        pytest.fail(f"ended with {self.process.wait()} before '{text}':\n{self.output}")

    def ended(self) -> int:
        """Wait for its end and everything that it printed; return the exit code."""
        rest, _ = self.process.communicate()
        self.output += rest.decode()
        return self.process.returncode

    def stop(self, number: signal.Signals) -> int:
        """Send the stop signal to its process group; return the exit code."""
        os.killpg(self.process.pid, number)
        return self.ended()

    def kill(self) -> None:
        """Kill its process group with SIGKILL, and wait until nothing that it started is left."""
        started = self.everything()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        if not self.process.stdout.closed:
            self.ended()
        _, alive = psutil.wait_procs([process for process in started if _lives(process)], timeout=20)
        assert not alive

    def everything(self) -> list[psutil.Process]:
        """Return its children and every process that has its environment, also one that ran away from its group."""
        name, _, value = self._mark.partition("=")
        found: set[psutil.Process] = set()
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get(name) == value:
                    found |= {process, *process.children(recursive=True)}
        with suppress(psutil.Error):  # a server may write over its environment
            own = psutil.Process(self.process.pid)
            found |= {own, *own.children(recursive=True)}
        return list(found)


def _lives(process: psutil.Process) -> bool:
    """Tell whether it still runs; a zombie only waits for its foster parent, which may take its time."""
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


Launch = Callable[..., Launched]


@pytest.fixture
def launch() -> Iterator[Launch]:
    """Return ``launch(store, *arguments)``; at the end of the test everything it started is killed."""
    running: list[Launched] = []

    def start(
        store: str, *arguments: object, before: tuple[str, ...] = (), cwd: Path | None = None, **environ: str
    ) -> Launched:
        argv = [*before, sys.executable, "-I", "-m", f"homeport.components.launch.{store}", *map(str, arguments)]
        running.append(Launched(argv, cwd, {**os.environ, **environ}))
        return running[-1]

    yield start
    for launched in running:
        launched.kill()


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Return a function that gives a TCP port which was free a moment ago."""

    def take() -> int:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            return int(listener.getsockname()[1])

    return take


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    """Return a file that holds a password with characters that every quoting rule gets wrong."""
    file = tmp_path / "password"
    file.write_text("p'a\"ss\\w{o}r#d é%$\n", encoding="utf-8")
    return file
