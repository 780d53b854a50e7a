"""A house that runs nothing: its feed and book show what they are given."""

from homeport.kit.masking import Mask
from homeport.model.view import EngineView, NodeView
from homeport.ports.fakes.feed import FakeFeed
from homeport.ports.fakes.logbook import FakeLogBook
from homeport.ports.vault import Hidden


class FakeHouse:
    """Keeps ``Doors``' promise. ``leaving`` is who is still stopping; ``killed`` tells that somebody asked for it."""

    def __init__(self, *nodes: NodeView) -> None:
        self.feed = FakeFeed(*nodes)
        self.book = FakeLogBook()
        self.leaving: list[tuple[str, float]] = []
        self.killed = False
        self.secret: list[Hidden] = []
        self.masked: frozenset[str] = frozenset()
        self._mask = Mask(lambda: self.masked)

    def close(self) -> None:
        """Begin the polite end."""
        self.feed.close()

    def kill(self) -> None:
        """End everything now."""
        self.killed = True
        self.feed.close()

    def mask(self, text: str) -> str:
        """Return the text without what was put into ``masked``."""
        return self._mask.text(text)

    def hidden(self) -> list[Hidden]:
        """Return what was put in."""
        return self.secret

    def left(self) -> list[tuple[str, float]]:
        """Return who is still stopping."""
        return self.leaving

    def engine(self) -> EngineView:
        """Return that nothing is going on."""
        return EngineView(planned=0, working=0, tasks=0)
