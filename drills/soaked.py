"""What the members of a soak noted, read afterwards: who started when, and whether what it needs was ready then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from drills.drill import Broken


@dataclass
class Life:
    """One run, by its own notes, in seconds since the machine booted: it never came so far (inf), or has not ended."""

    start: float
    ready: float = inf
    end: float = inf


@dataclass
class Notes:
    """The lives of every replica of every member, by the member's name."""

    lives: dict[str, list[Life]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> "Notes":
        """Read the notes of all: lines of ``start``, ``ready`` or ``end`` with the time."""
        notes = cls()
        for path in sorted(folder.iterdir()):
            lives = notes.lives.setdefault(path.name.partition(".")[0], [])
            lives += _lives(path.read_text().splitlines())
        return notes

    @property
    def starts(self) -> int:
        """How many there were."""
        return sum(map(len, self.lives.values()))

    def latest_start(self, needs: Mapping[str, Sequence[str]]) -> float:
        """Return the most seconds that anybody started after the end of a need. Raises Broken for a start before its need."""
        latest = 0.0
        for name, lives in self.lives.items():
            for need in needs[name]:
                latest = max([latest, *(self._late(need, life.start, name) for life in lives)])
        return latest

    def _late(self, need: str, at: float, name: str) -> float:
        """Return how long before ``at`` the newest ready run of a need had ended (0: it was ready)."""
        ready = [life for life in self.lives.get(need, ()) if life.ready <= at]
        if not ready:
            raise Broken(f"{name} started at {at}, and {need} was never ready before")
        return max(0.0, at - max(life.end for life in ready))


def _lives(lines: Sequence[str]) -> list[Life]:
    lives: list[Life] = []
    for line in lines:
        what, at = line.split()
        if what == "start":
            lives.append(Life(float(at)))
        elif what == "ready":
            lives[-1].ready = float(at)
        else:
            lives[-1].end = min(lives[-1].end, float(at))
    return lives
