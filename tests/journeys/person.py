"""A person at work: folders of their own, the real command line, and a look at what is left behind."""

import os
import select
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import psutil
from terminal import Terminal

from homeport.cli.registry import names_of, socket_in
from homeport.client.board import Board
from homeport.client.client import Client
from homeport.model.view import Frame, NodeView

LIMIT = 50.0  # seconds in which everything that is waited for must have come
DOWNLOAD = 110.0  # seconds for an `up` that installs packages
GONE = 5.0  # seconds in which everything must be gone, whatever happened to Homeport
_PASSED_ON = (
    "PIP_INDEX_URL",
    "PIP_CONFIG_FILE",
    "PIP_CERT",
    "PIP_FIND_LINKS",
    "NPM_CONFIG_REGISTRY",
    "SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
)


@dataclass(frozen=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"exit code {self.code}\n{self.out}\n{self.err}"


class Person:
    """Types commands in a folder, saves files in it, and looks at what runs."""

    def __init__(self, folder: Path, home: Path, cache: Path, **more: str) -> None:
        self.folder = folder
        self.home = home
        (folder / ".git").mkdir(parents=True, exist_ok=True)  # the search for a virtual environment ends here
        program = home / "bin" / "homeport"
        if not program.exists():
            program.parent.mkdir(parents=True)
            program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -P -m homeport \"$@\"\n")
            program.chmod(0o755)
        self.mark = f"{uuid.uuid4()}"
        (home / "run").mkdir(exist_ok=True, mode=0o700)
        self.environ = {
            "PATH": f"{program.parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_RUNTIME_DIR": str(home / "run"),
            "XDG_CACHE_HOME": str(cache),
            "NPM_CONFIG_CACHE": str(cache / "npm"),
            "HOMEPORT_JOURNEY": self.mark,
            **{name: value for name in _PASSED_ON if (value := os.environ.get(name))},
            **more,
        }

    def save(self, name: str, text: str) -> Path:
        """Save a file of the stack, as an editor does."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def change(self, name: str, old: str, new: str) -> None:
        """Replace a text in a file; it must be there."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text, f"{name} does not say {old!r}"
        self.save(name, text.replace(old, new))

    def type(
        self,
        *words: str,
        exits: int = 0,
        cwd: Path | None = None,
        env: Mapping[str, str] = MappingProxyType({}),
        limit: float = LIMIT,
    ) -> Done:
        """Type ``homeport WORDS…`` and wait for its end; another exit code than ``exits`` fails the test."""
        done = subprocess.run(
            ["homeport", *words],
            cwd=cwd or self.folder,
            env={**self.environ, **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
        said = Done(done.returncode, done.stdout, done.stderr)
        assert said.code == exits, f"homeport {' '.join(words)}: {said}"
        assert "Traceback" not in said.out + said.err, f"homeport {' '.join(words)}: {said}"
        return said

    def open(self, *words: str, columns: int = 100) -> Terminal:
        """Type ``homeport WORDS…`` in a terminal of its own, which stays open."""
        return Terminal(["homeport", *words], self.folder, self.environ, columns)

    def begin(self, *words: str, stdout: int = subprocess.PIPE) -> "subprocess.Popen[str]":
        """Begin ``homeport WORDS…`` without a terminal, and go on."""
        return subprocess.Popen(
            ["homeport", *words],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @property
    def house(self) -> Client:
        """A client of the house that runs here."""
        state = self.environ["XDG_STATE_HOME"] + "/homeport"
        paths = [socket_in(state, name) for name in names_of(state, str(self.folder / "stack.py"), None)]
        found = [path for path in paths if path]
        assert found, "no house runs here"
        return Client(found[0], timeout=LIMIT)

    def frame(self) -> Frame:
        """Return the house as it is now."""
        return self.house.status()

    def node(self, name: str) -> NodeView:
        """Return a node as it is now."""
        return next(node for node in self.frame().nodes if node.name == name)

    def until(self, holds: Callable[[Mapping[str, NodeView], Frame], object]) -> Mapping[str, NodeView]:
        """Follow the house until ``holds(nodes by name, frame)``; return the nodes. Fails when that never comes."""
        board, deadline = Board(), time.monotonic() + LIMIT
        with suppress(TimeoutError, OSError):
            for frame in self.house.frames():
                board.take(frame)
                nodes = {node.name: node for node in board.nodes}
                if holds(nodes, frame):
                    return nodes
                if time.monotonic() > deadline:
                    break
        raise AssertionError("never came; in the end:\n" + "\n".join(map(str, board.nodes)) + f"\n{board.frame}")

    def restarted(self, name: str, before: int | None) -> NodeView:
        """Wait until another process than ``before`` is ready; return the node."""
        return self.until(lambda nodes, _: nodes[name].state == "ready" and pid(nodes[name]) != before)[name]

    def line(self, name: str, pattern: str) -> str:
        """Wait until a line of a program's output matches; return it."""
        with self.begin("logs", name, "-f", "--tail", "1000", "--grep", pattern) as logs:
            assert logs.stdout
            try:
                ready, _, _ = select.select([logs.stdout], [], [], LIMIT)
                assert ready, f"{name} never said {pattern}:\n{self.type('logs', name).out}"
                return logs.stdout.readline()
            finally:
                logs.terminate()

    def processes(self) -> list[psutil.Process]:
        """Return everything that was started from here and still runs: by its mark, or by its folder."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.status() != psutil.STATUS_ZOMBIE and self._is_ours(process):
                    found.append(process)
        return found

    def _is_ours(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error, OSError):
            if process.environ().get("HOMEPORT_JOURNEY") == self.mark:
                return True
        with suppress(psutil.Error, OSError):
            folder = Path(process.cwd())
            return process.pid != os.getpid() and (
                folder.is_relative_to(self.home) or folder.is_relative_to(self.folder)
            )
        return False

    def leave(self) -> None:
        """End the house as people do; nothing of it may be left, and its ports must be free."""
        ports = self.ports()
        self.type("down")
        self.find_nothing(ports)

    def ports(self) -> set[int]:
        """Return every port that the house uses now; none when it does not run."""
        try:
            frame = self.frame()
        except (AssertionError, OSError):
            return set()
        told = {port for node in frame.nodes for port in node.ports.values()}
        return told | {port for node in frame.nodes for replica in node.replicas for port in replica.ports.values()}

    def find_nothing(self, ports: Iterable[int] = ()) -> None:
        """Wait for what is on its way out, at most five seconds; then nothing may run and the ports must be free."""
        _, alive = psutil.wait_procs(self.processes(), timeout=GONE)
        left = [f"{process.pid} {process.cmdline()}" for process in alive if process.is_running()]
        assert not left, "left behind:\n" + "\n".join(left)
        for port in ports:
            with socket.create_server(("127.0.0.1", port)):
                pass

    def kill_all(self) -> None:
        """Kill whatever a failed test left, so that it costs no one else."""
        while found := self.processes():
            for process in found:
                with suppress(psutil.Error):
                    process.kill()
            psutil.wait_procs(found, timeout=GONE)


def pid(node: NodeView) -> int | None:
    """Return the process id of a node's first replica."""
    return node.replicas[0].pid if node.replicas else None
