"""The verdict of ``ci``: pure judgement of what was seen, with time as an argument."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from homeport.model.view import Frame, State
from homeport.wire.judgement import expected, judge

_BUILDING = ("building",)
_STARTING = ("starting", "unready", "restarting")


class Limits(Struct, frozen=True):
    """Seconds that the whole run, each build, and each start may take; None: no limit."""

    whole: float | None = None
    build: float | None = None
    start: float | None = None


class Verdict(Struct, frozen=True):
    """``outcome`` and what caused it: ``cause`` names the node to look at first, ``sentence`` says what happened."""

    outcome: str
    sentence: str
    cause: str | None = None

    @property
    def good(self) -> bool:
        """Whether everything is as it should be."""
        return self.outcome == "passed"


class Phase(Struct, frozen=True):
    """A node was in ``state`` from ``at`` on, in seconds since the run began."""

    state: State
    at: float


class Trial:
    """Watches every node's way and tells when there is a verdict. ``names`` None: everything that starts by itself."""

    def __init__(self, names: Iterable[str] | None, limits: Limits) -> None:
        self.ways: dict[str, list[Phase]] = {}
        self._names = tuple(names) if names is not None else None
        self._limits = limits

    def look(self, frame: Frame, now: float) -> Verdict | None:
        """Take a whole frame at ``now`` seconds since the run began; return the verdict once there is one."""
        for node in frame.nodes:
            way = self.ways.setdefault(node.name, [])
            if not way or way[-1].state != node.state:
                way.append(Phase(node.state, now))
        if not frame.nodes:
            return self._late(now, {})
        verdict = judge(frame, expected(frame) if self._names is None else self._names, "ready")
        if verdict.hopeless:
            name, said = next(iter(verdict.hopeless.items()))
            return Verdict("failed", f"{name} is {said}", name)
        if not verdict.missing:
            return Verdict("passed", f"all is ready after {now:.1f} s")
        if frame.closing:
            return Verdict("interrupted", "the house was closed before all was ready")
        return self._slow(frame, now) or self._late(now, verdict.missing)

    def _slow(self, frame: Frame, now: float) -> Verdict | None:
        for node in frame.nodes:
            way = self.ways[node.name]
            for states, limit, flag in (
                (_BUILDING, self._limits.build, "--build-timeout"),
                (_STARTING, self._limits.start, "--start-timeout"),
            ):
                if limit is not None and node.state in states and now - _since(way, states) >= limit:
                    return Verdict(
                        "timeout", f"{node.name} is {node.state} for more than {limit:g} s ({flag})", node.name
                    )
        return None

    def _late(self, now: float, missing: Mapping[str, str]) -> Verdict | None:
        if self._limits.whole is None or now < self._limits.whole:
            return None
        name = next(iter(missing), None)
        others = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        what = f": {name} is {missing[name]}{others}" if name else ""
        return Verdict("timeout", f"not ready after {self._limits.whole:g} s (--timeout){what}", name)


def _since(way: list[Phase], states: tuple[str, ...]) -> float:
    """Return since when a node has been in one of ``states`` without a break."""
    at = way[-1].at
    for phase in reversed(way):
        if phase.state not in states:
            break
        at = phase.at
    return at
