"""What workers share while the link to a cluster is held: the cluster, the mirror of what is there, what images hold."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Final

from homeport.aio.first import first
from homeport.aio.latest import Latest
from homeport.kit.livefiles import Baseline
from homeport.kit.masking import Mask
from homeport.ports.clusters import Opened
from homeport.work.seen.mirror import Kind, Mirror

NEWEST: Final = 2
"""Images of one name that are remembered whether pods are of them or not: the pods of the last one are yet to come."""
_PODS: Final[Kind] = ("v1", "Pod")


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
        self._kept: set[str] = set()
        self.told: set[str] = set()
        """The nodes of which it was told how far they are."""
        self._opened: Latest[Opened | None] = Latest(None)

    @property
    def now(self) -> Opened | None:
        """The link that there is at the moment."""
        return self._opened.value

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

    def made(self, image: str, files: Baseline) -> None:
        """Remember what an image holds; forget older ones of the same name, as far as no pod is of them."""
        self.baselines.pop(image, None)
        self.baselines[image] = files
        if _PODS not in self.mirror.listed:
            return
        named = {
            each.get("image")
            for pod in self.mirror.all(*_PODS)
            for each in (pod.get("spec") or {}).get("containers") or ()
        }
        name = image.rpartition(":")[0]
        alike = [each for each in self.baselines if each.rpartition(":")[0] == name]
        for old in alike[:-NEWEST]:
            if old not in named:
                del self.baselines[old]

    @contextmanager
    def keeping(self, run: str) -> Iterator[None]:
        """Let nobody forget what a run has while its files are kept."""
        self._kept.add(run)
        try:
            yield
        finally:
            self._kept.discard(run)

    def forget(self, named: Collection[str]) -> None:
        """Forget what runs had that will not be heard of again: of pods that are gone or going, and before a later run.

        Those who are ``named``, or whose files are being kept, stay.
        """
        if _PODS not in self.mirror.listed:
            return
        meta = [pod["metadata"] for pod in self.mirror.all(*_PODS)]
        there = {each.get("uid") for each in meta if not each.get("deletionTimestamp")}
        newest: dict[str, int] = {}
        for run in self.contents:
            container, number = _parts(run)
            newest[container] = max(number, newest.get(container, 0))
        for run in set(self.contents).difference(named, self._kept):
            container, number = _parts(run)
            if number < newest[container] or run.partition("/")[0] not in there:
                del self.contents[run]


def _parts(run: str) -> tuple[str, int]:
    """Return which container of which pod a run is of, and how often that was started again before."""
    container, _, number = run.rpartition("/")
    return container, int(number)
