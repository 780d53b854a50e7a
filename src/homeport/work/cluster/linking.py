"""Whether the link to a cluster is well: what its streams and its heartbeat say, together."""

from typing import Final

from msgspec.structs import replace

from homeport.model.errors import OutsideError
from homeport.model.instants import Instant
from homeport.model.rollouts import Linked
from homeport.ports.cluster import ClusterError
from homeport.work.seen.mirror import Kind

NEEDED: Final[frozenset[Kind]] = frozenset({("apps/v1", "Deployment"), ("v1", "Pod")})
"""Who may not see these can do nothing at all with the cluster."""


class Linking:
    """The state of each stream, by its kind, and of the link itself under None."""

    def __init__(self) -> None:
        self.refused: dict[Kind | None, OutsideError] = {}
        self._downs: dict[Kind | None, str] = {}
        self._stale: set[Kind | None] = set()

    @property
    def is_catching_up(self) -> bool:
        """Whether the link is heard again, and not all of what it missed was told yet."""
        return bool(self._stale)

    def down(self, kind: Kind | None, why: str) -> None:
        """Take that a stream, or the link itself, is broken."""
        self._downs.setdefault(kind, why)

    def stale(self, kind: Kind, why: str) -> None:
        """Take that what is known of a kind may be out of date until all of it is told anew."""
        if kind not in self.refused:
            self._stale.add(kind)
            self.down(kind, why)

    def up(self, kind: Kind | None) -> None:
        """Take that a stream, or the link itself, is heard."""
        self._downs.pop(kind, None)
        self.refused.pop(kind, None)
        self._stale.discard(kind)

    def refuse(self, kind: Kind | None, error: OutsideError) -> None:
        """Take that a kind is not to be seen."""
        self.up(kind)
        self.refused[kind] = error

    def told(self, link: Linked, before: Linked | None, now: Instant, *, complete: bool) -> Linked | None:
        """Return what is to be told of a link, or None for no news. ``complete``: everything was known once."""
        # Of an outage the first reason is told: what fails because of it changes with every try.
        down = self._downs.get(None) or next(iter(self._downs.values()), "")
        down = before.down if before is not None and before.down and down else down
        blind = self._blind()
        if not complete and not down and blind is None:
            return None
        made = replace(
            link,
            ok=complete and not down and blind is None,
            down=down,
            error=blind.what if blind is not None else "",
            hint=(blind.hint or "") if blind is not None else "",
        )
        is_turn = before is None or (before.ok, before.down, before.error) != (made.ok, made.down, made.error)
        made = replace(made, since=now if is_turn or before is None else before.since)
        return made if made != before else None

    def _blind(self) -> OutsideError | None:
        """Return why nothing is to be seen: what is needed is refused, or we cannot even ask, as with a login that fails."""
        needed = [error for kind, error in self.refused.items() if kind in NEEDED]
        unasked = [error for error in self.refused.values() if not isinstance(error, ClusterError)]
        return next(iter([*needed, *unasked]), None)
