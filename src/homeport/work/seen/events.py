"""What the cluster says happened to an object, cut down to what is judged and shown."""

from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from homeport.ports.cluster import Manifest

LONGEST: Final = 400
"""Letters of a message that are kept: whatever it says, it says at its beginning."""


class Happening(Struct, frozen=True):
    """An event. ``first`` and ``last``: wall times in seconds between which it happened ``count`` times.

    ``field`` names a container as ``spec.containers{NAME}``; ``warning``: the cluster does not call it normal.
    """

    kind: str
    name: str
    uid: str
    reason: str
    message: str
    warning: bool = False
    count: int = 1
    first: float = 0.0
    last: float = 0.0
    field: str = ""

    @property
    def container(self) -> str:
        """The container that it is about, or nothing."""
        return self.field.partition("{")[2].rstrip("}")


def happening(event: Manifest) -> Happening:
    """Return what an event of the cluster says, whichever of its two ways to count it uses."""
    about, series = event.get("involvedObject") or {}, event.get("series") or {}
    first = event.get("firstTimestamp") or event.get("eventTime") or event["metadata"].get("creationTimestamp")
    last = series.get("lastObservedTime") or event.get("lastTimestamp") or first
    return Happening(
        kind=about.get("kind", ""),
        name=about.get("name", ""),
        uid=about.get("uid", ""),
        reason=event.get("reason", ""),
        message=(event.get("message") or "").strip()[:LONGEST],
        warning=event.get("type") == "Warning",
        count=series.get("count") or event.get("count") or 1,
        first=seconds(first),
        last=seconds(last),
        field=about.get("fieldPath") or "",
    )


def seconds(said: str | None) -> float:
    """Return a time of the cluster as seconds since the epoch; 0 for none."""
    if not said:
        return 0.0
    return datetime.fromisoformat(said).astimezone(UTC).timestamp()
