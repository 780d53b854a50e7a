"""The one promise that the server and the screens need from the engine."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from homeport.model.places import Place
from homeport.model.plan import Hold
from homeport.model.view import Frame
from homeport.model.whereabouts import Whereabouts
from homeport.model.wishes import Wishes


class Feed(Protocol):
    """A window on a running house, and the slot through which wishes come in."""

    def frame(self, since: int = 0) -> Frame:
        """Return the house now, or only what changed after revision ``since``."""
        ...

    async def after(self, revision: int) -> Frame:
        """Wait for a revision after this one; return what changed."""
        ...

    async def caught_up(self) -> None:
        """Wait until the stack file that is on disk now was read, and what came of it is shown; soon when nothing tells."""
        ...

    def why(self, name: str) -> Sequence[tuple[str, Hold]]:
        """Return the chain of holds from a node down to its cause, as (node, hold)."""
        ...

    @property
    def wishes(self) -> Wishes:
        """What people asked for until now."""
        ...

    def wish(self, change: Callable[[Wishes], Wishes]) -> None:
        """Change the wishes; they take effect at once and are remembered."""
        ...

    def environment(self, name: str) -> Awaitable[tuple[Mapping[str, str], str]]:
        """Return the environment and working folder that a service or task would get now (for ``exec``)."""
        ...

    def where(self, name: str) -> Whereabouts:
        """Return where a service or task runs now."""
        ...

    def names(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """Return the nodes that names, groups and globs mean. Raises RefusedError with a suggestion for an unknown one."""
        ...

    def places(self, wished: Mapping[str, Place]) -> Mapping[str, Place]:
        """Return wished places by node, ``""`` being everything else. Raises RefusedError for what cannot be there."""
        ...

    def close(self) -> None:
        """Begin the polite end."""
        ...
