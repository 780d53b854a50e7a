"""``ci`` as a client of the house that it started: wait, judge, run the command, report."""

import contextlib
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from homeport.cli import exits
from homeport.cli.report import document, unopened, write
from homeport.cli.screen.cause import chain
from homeport.cli.screen.outputs import Lines
from homeport.cli.screen.terminal import Terminal
from homeport.cli.trial import Limits, Trial, Verdict
from homeport.cli.watch import Watch
from homeport.client.client import Client
from homeport.model.errors import HomeportError, OutsideError
from homeport.model.view import Frame

CODES = {
    "passed": exits.OK,
    "failed": exits.FAILED,
    "timeout": exits.TIMED_OUT,
    "interrupted": exits.INTERRUPTED,
}


class Asked(Struct, frozen=True):
    """What a run was asked: which nodes (none: all), limits, where to report, the command and its environment.

    ``began``: when it was asked, in seconds since the epoch; the house opened later, so its lines are newer.
    ``mask``: hides secrets in the words of the command, which a report repeats.
    """

    names: Sequence[str]
    limits: Limits
    report: str | None
    command: Sequence[str] | None
    environ: Mapping[str, str]
    began: float = field(default_factory=time.time)
    mask: Callable[[str], str] = str


class Result(Struct, frozen=True):
    """The verdict and the exit code of a run."""

    verdict: Verdict
    code: int
    seconds: float


class Run:
    """One run of ``ci`` against the house behind a socket."""

    def __init__(self, path: str, asked: Asked, terminal: Terminal) -> None:
        self._client = Client(path)
        self._path = path
        self._asked = asked
        self._terminal = terminal
        self._began = time.monotonic()
        self._process: subprocess.Popen[bytes] | None = None
        names = [node.name for node in self._client.status(asked.names).nodes] if asked.names else None
        self._trial = Trial(names, asked.limits)

    def run(self) -> Result:
        """Wait for the verdict, run the command when it is good, report; return how it went."""
        verdict = self._wait()
        code = CODES[verdict.outcome]
        self._say(verdict)
        dump = self._dump() if self._asked.report is not None else None  # before a command that may end the house
        if verdict.good and self._asked.command:
            code = self._command(self._asked.command)
        seconds = time.monotonic() - self._began
        if dump is not None:
            self._report(verdict, self._dump() or dump, seconds, code)
        return Result(verdict, code, seconds)

    def hurry(self) -> None:
        """End the command, if it runs; may be called from another thread."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()

    def _wait(self) -> Verdict:
        watch = Watch(self._path, Lines(self._terminal, may_kill=True), since=self._asked.began)
        found: list[Verdict] = []

        def ends() -> bool:
            verdict = self._trial.look(watch.board.whole(), time.monotonic() - self._began)
            if verdict is not None:
                found.append(verdict)
            return bool(found)

        watch.run(ends, wake=0.2)
        return found[0] if found else Verdict("interrupted", "the house ended before all was ready")

    def _say(self, verdict: Verdict) -> None:
        paint = self._terminal.paint
        colour = "green" if verdict.good else "red"
        lines = [f"{paint(colour, verdict.outcome)}: {verdict.sentence}"]
        if verdict.cause is not None:
            with contextlib.suppress(HomeportError, OSError):
                lines += [f"  {line}" for line in chain(self._client.why(verdict.cause), paint)[1:]]
        self._terminal.lines(lines)

    def _dump(self) -> Mapping[str, Any] | None:
        with contextlib.suppress(HomeportError, OSError):
            return self._client.dump(tail=200)
        return None  # the house is gone already

    def _report(self, verdict: Verdict, dump: Mapping[str, Any], seconds: float, code: int) -> None:
        assert self._asked.report is not None
        words = self._asked.command
        command = list(map(self._asked.mask, words)) if words else None
        report = document(verdict, self._trial.ways, dump, seconds=seconds, command=command, code=code)
        _write(self._asked.report, report, self._terminal)

    def _command(self, argv: Sequence[str]) -> int:
        env = {**self._asked.environ, **addresses(self._client.status()), "HOMEPORT_SOCKET": self._path}
        try:
            self._process = subprocess.Popen(argv, env=env)
        except OSError as error:
            raise OutsideError(
                f'the command "{argv[0]}" cannot be started: {error.strerror}', hint="name a program on the PATH"
            ) from None
        code = self._process.wait()
        return code if code >= 0 else 128 - code


def report_unopened(asked: Asked, file: str, said: str, sentence: str, code: int, terminal: Terminal) -> None:
    """Report, when that was asked for, that the house did not open: ``said`` is what people are told of it."""
    if asked.report is not None:
        command = list(map(asked.mask, asked.command)) if asked.command else None
        _write(asked.report, unopened(file, said, sentence=sentence, command=command, code=code), terminal)


def _write(folder: str, report: Mapping[str, Any], terminal: Terminal) -> None:
    try:
        paths = write(folder, report)
    except OSError as error:
        raise OutsideError(
            f'the report cannot be written to "{folder}": {error.strerror}', hint="name another folder"
        ) from None
    terminal.lines([f"report: {' '.join(paths)}"])


def addresses(frame: Frame) -> dict[str, str]:
    """Return where the services listen, as variables: ``API_ADDRESS``, and ``API_HTTP_ADDRESS`` for the port ``http``."""
    found: dict[str, str] = {}
    for node in frame.nodes:
        for index, (port, number) in enumerate(node.ports.items()):
            if index == 0:
                found[_variable(node.name)] = f"127.0.0.1:{number}"
            found[_variable(node.name, port)] = f"127.0.0.1:{number}"
    return found


def _variable(*words: str) -> str:
    text = "_".join((*words, "address")).upper()
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in text)
