"""What becomes of each sound evaluation: its secrets are masked from now on, and it is the last good configuration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from homeport.aio.threads import in_thread
from homeport.config.hiding import hidden_by
from homeport.model.errors import OutsideError
from homeport.model.graph import Graph
from homeport.model.hiding import hidden_in, masked
from homeport.model.wishes import newest
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
        """Mask what the graph holds, and remember it (blocking; run it in a thread). What cannot be kept is said.

        Wishes that it makes old are forgotten: a later graph brings none of them back.
        """
        nodes = graph.nodes.values()
        self.vault.hide(hidden_in(nodes, options, self.shell))
        secret = frozenset(masked(hidden_by(nodes, graph.root, options, self.shell))) | self.vault.secrets()
        try:
            self.memory.keep_graph(graph, secret)
            known = self.memory.wishes()
            if (left := newest(known, graph)) != known:
                self.memory.keep_wishes(left)
        except OutsideError as error:
            self.say(
                f"the last good configuration is not kept: {error.what}" + (f"; {error.hint}" if error.hint else "")
            )


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
