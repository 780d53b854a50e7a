"""The toolbox as the engine knows it: the port's promise, kept by ``find``."""

from collections.abc import Callable
from pathlib import Path

from homeport.adapters.tools import Errand, Found, find
from homeport.model.facts import Provided
from homeport.model.nodes import Tool


class Toolbox:
    """Looks on this machine's PATH and in one cache; fetches wheels unless told not to."""

    def __init__(self, search_path: str, cache: Path, *, fetch: bool = True) -> None:
        self._search_path = search_path
        self._cache = cache
        self._fetch = fetch
        self._errands: dict[str, Errand] = {}

    def provide(self, tool: Tool, identity: str, say: Callable[[str], None]) -> Provided:
        """Find or fetch the tool (blocking; run it in a thread); ``say`` tells progress. A miss is a Provided too."""
        errand = self._errands[identity] = Errand()
        try:
            answer = find(
                tool.product,
                version=tool.version,
                programs=tool.programs,
                search_path=self._search_path,
                cache=self._cache,
                fetch=self._fetch,
                say=say,
                errand=errand,
            )
        finally:
            self._errands.pop(identity, None)
        if isinstance(answer, Found):
            return Provided(identity, dict(answer.programs), answer.path_dirs, answer.version, answer.note)
        return Provided(identity, missing=answer.sentence, hint=answer.command)

    def leave(self, identity: str) -> None:
        """Wait no more for what is being provided: a fetch ends soon."""
        errand = self._errands.get(identity)
        if errand is not None:
            errand.leave()
