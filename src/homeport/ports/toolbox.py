"""Finding and fetching programs."""

from collections.abc import Callable
from typing import Protocol

from homeport.model.facts import Provided
from homeport.model.nodes import Tool


class Toolbox(Protocol):
    """Knows where programs are on this machine."""

    def provide(self, tool: Tool, identity: str, say: Callable[[str], None]) -> Provided:
        """Find or fetch the tool (blocking; run it in a thread); ``say`` tells progress. A miss is a Provided too."""
        ...

    def leave(self, identity: str) -> None:
        """Wait no more for what is being provided under this identity: ``provide`` returns soon, with whatever it has."""
        ...
