"""What a PostgreSQL server should be, and the environment in which its programs run."""

import locale
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from homeport.components.launch.server import without


@dataclass(frozen=True)
class Plan:
    """What the server should be: its programs, its folder (locked by ``lock``), who may log in, what runs at first."""

    bin: Path
    data: Path
    lock: int
    database: str
    user: str
    password: str
    scripts: tuple[Path, ...]

    @property
    def cluster(self) -> Path:
        """The folder that Postgres calls its data directory."""
        return self.data / "pgdata"


def environ() -> dict[str, str]:
    """Return the environment for every program of Postgres, without what would send it elsewhere."""
    return {**without(os.environ, "PG", "LC_", "LANG"), "LC_ALL": _locale()}


def _locale() -> str:
    """Return a UTF-8 locale that this system has: without one, upper and lower case beyond ASCII fail."""
    for name in ("C.UTF-8", "en_US.UTF-8"):
        try:
            locale.setlocale(locale.LC_CTYPE, name)
        except locale.Error:
            continue
        return name
    return "C"


def ending(code: int) -> str:
    """Tell in words how a program ended."""
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
