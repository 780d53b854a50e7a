"""What the clients of engines write, understood: the plain progress of BuildKit, and that of a push."""

import re
from collections import deque
from typing import Final

from homeport.ports.builder import Said, Step, Tell

_STEP: Final = re.compile(r"#([1-9]\d*) (.*)")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_DONE: Final = re.compile(r"DONE ([\d.]+)s")
_TIMED: Final = re.compile(r"\d+\.\d+ ?(.*)")
_PLACE: Final = re.compile(r".*?:(\d+)")
_PARSE_ERROR: Final = re.compile(r"parse error (?:on )?line (\d+)")
_NOISE: Final = re.compile(r"-{3,}|\s*\d+ \|.*| > .*|\.\.\.")
_PREFIX: Final = re.compile(
    r"^(ERROR: |error: )?(failed to (build|solve)( with frontend [\w.]+)?: |failed to create LLB definition: |"
    r"failed to compute cache key: |rpc error: code = \w+ desc = )+"
)
TAIL: Final = 30
"""Lines of output that are told again when a build fails."""


class BuildLog:
    """Reads the plain progress of a build, tells it on, and remembers what explains a failure."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._titles: dict[int, str] = {}
        self._ended: set[int] = set()
        self._said: dict[int, deque[str]] = {}
        self._outside: deque[str] = deque(maxlen=200)
        self.failed: int | None = None

    def hear(self, text: str) -> None:
        """Take a line."""
        match = _STEP.fullmatch(text)
        if match is not None:
            self._step(int(match[1]), match[2])
        elif text.strip():
            self._outside.append(text)
            if not _NOISE.fullmatch(text):
                self._tell(Said(0, text))

    @property
    def failing(self) -> str | None:
        """The title of the step that failed."""
        return None if self.failed is None else self._titles[self.failed]

    @property
    def outside(self) -> str:
        """Everything that the client said outside of steps: by what a program of the build says, nothing is judged."""
        return "\n".join(self._outside)

    @property
    def message(self) -> str:
        """What the client said at last about the failure, less its own ceremony."""
        told = [line for line in self._outside if not _NOISE.fullmatch(line) and not _is_place(line)]
        marked = [line for line in told if line.startswith(("ERROR", "error")) or _PREFIX.match(line)]
        last = (marked or told or [""])[-1]
        return _PREFIX.sub("", last).removeprefix("ERROR: ").strip()

    @property
    def line(self) -> int:
        """The line of the Dockerfile that the client named; 0 when it named none."""
        lines = list(self._outside)
        for at, text in enumerate(lines):
            if (match := _PARSE_ERROR.search(text)) is not None:
                return int(match[1])
            if at + 1 < len(lines) and lines[at + 1].startswith("----------") and (match := _PLACE.fullmatch(text)):
                return int(match[1])
        return 0

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines of the step that failed, else of what was said outside of steps."""
        if self.failed is not None and self._said.get(self.failed):
            return tuple(self._said[self.failed])
        return tuple(line for line in self._outside if not line.startswith("---"))[-TAIL:]

    def _step(self, number: int, rest: str) -> None:
        if number not in self._titles:
            self._titles[number] = rest
            self._tell(Step(number, rest, "running"))
        elif rest == "CACHED":
            self._end(number, "cached")
        elif (done := _DONE.fullmatch(rest)) is not None:
            self._end(number, "done", float(done[1]))
        elif rest.startswith(("ERROR", "CANCELED")):
            if rest.startswith("ERROR"):
                self.failed = number
            self._end(number, "failed")
        elif rest not in {self._titles[number], "..."} and not _DIGEST.fullmatch(rest):
            self._line(number, rest)

    def _line(self, number: int, rest: str) -> None:
        timed = _TIMED.fullmatch(rest)
        if timed is not None and number in self._ended:
            return  # a failure is followed by what was told before
        text = timed[1] if timed else rest
        self._said.setdefault(number, deque(maxlen=TAIL)).append(text)
        self._tell(Said(number, text))

    def _end(self, number: int, state: str, seconds: float | None = None) -> None:
        self._ended.add(number)
        title = self._titles[number]
        if state == "cached":
            self._tell(Step(number, title, "cached"))
        elif state == "done":
            self._tell(Step(number, title, "done", seconds))
        else:
            self._tell(Step(number, title, "failed"))


def _is_place(text: str) -> bool:
    return re.fullmatch(r"\S+:\d+", text) is not None


class PushLog:
    """Reads the progress of a push: every layer is a step."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._layers: dict[str, tuple[int, str]] = {}
        self.last: deque[str] = deque(maxlen=TAIL)

    def hear(self, text: str) -> None:
        """Take a line."""
        layer, colon, rest = text.partition(": ")
        if not colon or not re.fullmatch(r"[0-9a-f]{12}", layer):
            if text.strip():
                self.last.append(text)
                self._tell(Said(0, text))
            return
        number, known = self._layers.setdefault(layer, (len(self._layers) + 1, ""))
        if rest.startswith("Retrying"):
            self._tell(
                Said(number, text)
            )  # the client goes on for a minute: it is told at once that something is wrong
        state = (
            "cached"
            if rest.startswith(("Layer already", "Mounted from"))
            else "done"
            if rest == "Pushed"
            else "running"
        )
        if state == known:
            return
        self._layers[layer] = (number, state)
        title = f"push layer {layer}"
        if state == "running":
            self._tell(Step(number, title, "running"))
        else:
            self._tell(Step(number, title, "cached" if state == "cached" else "done"))
