"""Under what circumstances figures were measured: when, on what, how busy it was, in which form."""

import os
import platform
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Run:
    """One call of ``python -m drills``. ``load`` is how many processes wanted a core in the minute before it began."""

    seed: str
    short: bool
    date: str
    load: float
    began: float

    @classmethod
    def begin(cls, seed: str, *, short: bool) -> "Run":
        """Note what holds now."""
        return cls(seed, short, datetime.now(UTC).date().isoformat(), os.getloadavg()[0], time.monotonic())

    def document(self) -> dict[str, Any]:
        """Return everything as data, at the end of the run."""
        return {
            "date": self.date,
            "seed": self.seed,
            "form": "short" if self.short else "full",
            "minutes": (time.monotonic() - self.began) / 60,
            "cores": os.cpu_count(),
            "load": self.load,
            "system": platform.system(),
            "python": platform.python_version(),
        }
