"""What becomes of each sound evaluation: its secrets are masked from now on, and it is the last good configuration.

Wishes that it makes old are forgotten, in the memory too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from homeport.aio.threads import in_thread
from homeport.config.hiding import hidden_by
from homeport.engine.store import Store
from homeport.model.errors import OutsideError
from homeport.model.facts import Fact, Key
from homeport.model.graph import Graph
from homeport.model.hiding import hidden_in, masked
from homeport.ports.evaluator import Evaluator
from homeport.ports.memory import Memory
from homeport.ports.vault import Vault


@dataclass(frozen=True)
class Keeping:
    """Tells a vault and a memory of a graph. ``shell``: the environment that Homeport was started in."""

    vault: Vault
    memory: Memory
    shell: Mapping[str, str]
    say: Callable[[str], None]

    def keep(self, graph: Graph, options: Mapping[str, str]) -> None:
        """Mask what the graph holds, and remember it (blocking; run it in a thread). What cannot be kept is said."""
        nodes = graph.nodes.values()
        self.vault.hide(hidden_in(nodes, options, self.shell))
        secret = frozenset(masked(hidden_by(nodes, graph.root, options, self.shell))) | self.vault.secrets()
        try:
            self.memory.keep_graph(graph, secret)
        except OutsideError as error:
            self.say(f"the last good configuration is not kept: {_why(error)}")


@dataclass(frozen=True)
class KeepingEvaluator:
    """Keeps ``Evaluator``'s promise by another one, and what comes of it."""

    evaluator: Evaluator
    keeping: Keeping

    async def evaluate(self, file: str, options: Mapping[str, str]) -> Graph:
        """Return the checked graph. Raises ConfigError with every mistake."""
        graph = await self.evaluator.evaluate(file, options)
        await in_thread(lambda: self.keeping.keep(graph, options))
        return graph


class Remembering:
    """Keeps ``Report``'s promise by a store, and remembers which wishes another graph left: no later one brings any back.

    Like every wish they are remembered by the event loop, from the store alone: so none is overwritten by an older state.
    """

    def __init__(self, store: Store, memory: Memory, say: Callable[[str], None]) -> None:
        self._store = store
        self._memory = memory
        self._say = say

    def put(self, key: Key, fact: Fact) -> None:
        """Record a fact."""
        self._store.put(key, fact)

    def declare(self, graph: Graph) -> None:
        """Replace the declared world. That its wishes cannot be kept is said."""
        self._store.declare(graph)
        try:
            self._memory.keep_wishes(self._store.snapshot.wishes)
        except OutsideError as error:
            self._say(f"the next start may not remember what was wished: {_why(error)}")


def _why(error: OutsideError) -> str:
    return f"{error.what}; {error.hint}" if error.hint else error.what
