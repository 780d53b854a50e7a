"""What workers share while the link to a cluster is held: the cluster, the mirror of what is there, what images hold."""

from collections.abc import Callable

from homeport.aio.first import first
from homeport.aio.latest import Latest
from homeport.kit.livefiles import Baseline
from homeport.kit.masking import Mask
from homeport.ports.clusters import Opened
from homeport.work.seen.mirror import Mirror


class Cloud:
    """The link and its mirror have one writer, who holds the link; all others wait for it.

    What images hold is written by who made them, and what a pod's container holds by who keeps its files.
    """

    def __init__(self) -> None:
        self.mirror = Mirror()
        self.baselines: dict[str, Baseline] = {}
        """The files that are kept up to date in pods, as they were when an image was made, by its name."""
        self.contents: dict[str, Baseline] = {}
        """The files that a run of a pod's container has by now, after what was sent to it, by its id."""
        self.told: set[str] = set()
        """The nodes of which it was told how far they are."""
        self._opened: Latest[Opened | None] = Latest(None)

    async def opened(self) -> Opened:
        """Wait until there is a link and return it."""
        while (opened := self._opened.value) is None:
            await self._opened.after(self._opened.turn)
        return opened

    async def until(self, holds: Callable[[Mirror], bool]) -> Mirror:
        """Wait until something holds of the mirror of this moment, and return it; there is another one for each link."""
        while not holds(mirror := self.mirror):
            await first(mirror.changes.after(mirror.changes.turn), self._opened.after(self._opened.turn))
        return mirror

    def enter(self, opened: Opened, mask: Mask) -> Mirror:
        """Begin to hold a link; everything that was known by another one is forgotten. ``mask`` is for what it will say."""
        self.mirror = Mirror(mask)
        self._opened.set(opened)
        return self.mirror

    def leave(self) -> None:
        """Hold it no more."""
        self._opened.set(None)
