"""A page read as a session: its files are saved, its commands are typed, and what it shows must be seen.

Compared are the words: every shown line must come; other lines may come too, numbers and the widths of columns are not
compared, and `…` stands for anything.
"""

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

LIMIT = 30.0  # seconds until what is shown must have come; far more than anything takes

_ELSEWHERE = re.compile(r"(, )?port \d+ instead of \d+")
"""What is said of a port that something else on this machine holds."""


class Seen:
    """The lines of an output; each of them stands for one shown line at most."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        for line in lines:
            self.add(line)

    def add(self, line: str | None) -> None:
        """Takes the next line; None is the end."""
        self._lines.put(line)

    def expect(self, shown: Sequence[str]) -> None:
        """Waits for all the lines, in any order (programs and states are shown as they come); fails with what came."""
        missing = {line: pattern(line) for line in shown}
        said: list[str] = []
        deadline = time.monotonic() + LIMIT
        while missing:
            line = self._next(deadline)
            if line is None:
                raise AssertionError("\n".join(["never said:", *missing, "", "said was:", *said[-40:]]))
            said.append(line)
            line = _ELSEWHERE.sub("", line).strip()
            match = next((each for each, wanted in missing.items() if wanted.fullmatch(line)), None)
            if match is not None:
                del missing[match]

    def _next(self, deadline: float) -> str | None:
        try:
            return self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return None


class Background:
    """A command in another terminal, such as `homeport up`."""

    def __init__(self, command: str, folder: Path, environ: Mapping[str, str]) -> None:
        self.seen = Seen()
        self._process = subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=folder,
            env=dict(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self.seen.add(line.rstrip("\n"))
        self.seen.add(None)

    def interrupt(self) -> None:
        """Presses Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """Ends it, and waits until everything that held its output has gone."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        self._process.wait(LIMIT)
        self._reader.join(LIMIT)


class Session:
    """A reader at work in a folder of their own."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        (folder / ".git").mkdir(parents=True)  # the search for a virtual environment ends here
        program = home / "bin" / "homeport"
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m homeport \"$@\"\n")
        program.chmod(0o755)
        self.environ = {
            "PATH": f"{program.parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            **{name: value for name in ("PIP_INDEX_URL", "PIP_CONFIG_FILE") if (value := os.environ.get(name))},
        }
        self._terminals: dict[str, Background] = {}

    def save(self, name: str, text: str) -> None:
        """Saves a file as the page shows it."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def type(self, text: str, exits: int) -> None:
        """Types the commands of a block; the last one must end with that exit code, those before it with 0."""
        steps = list(commands(text))
        for number, (command, shown) in enumerate(steps, 1):
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=self.folder,
                env=self.environ,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
                timeout=LIMIT,
                check=False,
            )
            wanted = exits if number == len(steps) else 0
            assert done.returncode == wanted, f"$ {command}\nexit code {done.returncode}\n{done.stdout}"
            seen = Seen(done.stdout.splitlines())
            seen.add(None)
            seen.expect(shown)

    def watch(self, name: str, text: str) -> None:
        """Starts a command in another terminal, or waits for what that terminal shows next; `^C` interrupts it."""
        first, *rest = text.splitlines()
        if first.startswith("$ "):
            self._terminals[name] = Background(first[2:], self.folder, self.environ)
        elif first == "^C":
            self._terminals[name].interrupt()
        else:
            rest = [first, *rest]
        self._terminals[name].seen.expect([line for line in rest if line.strip() not in ("", "…")])

    def close(self) -> None:
        """Ends whatever the page left running, so that a failure costs no one else."""
        down = ["homeport", "down", "--kill"]
        subprocess.run(down, cwd=self.folder, env=self.environ, capture_output=True, timeout=LIMIT, check=False)
        for terminal in self._terminals.values():
            terminal.close()


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yields each command after `$ ` with the lines that are shown below it."""
    for step in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *shown = step.splitlines()
        while command.endswith("\\") or command.count("'") % 2:
            command += "\n" + shown.pop(0)
        yield command, [line for line in shown if line.strip() not in ("", "…")]


def pattern(shown: str) -> re.Pattern[str]:
    """Returns what a shown line stands for."""
    parts = []
    for token in re.findall(r"\d+|\s+|…|[^\d\s…]+", shown.strip()):
        if token.isdigit():
            parts.append(r"\d+")
        elif token.isspace():
            parts.append(r"\s+")
        else:
            parts.append(".*" if token == "…" else re.escape(token))
    return re.compile("".join(parts))
