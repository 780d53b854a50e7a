"""What a house begins with: what its file declares, who it is, and what it remembers."""

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from homeport.machine.folders import Folders
from homeport.machine.instances import Instance, Instances
from homeport.machine.memory import DiskMemory
from homeport.model.errors import RefusedError
from homeport.model.facts import Evaluated, Fact
from homeport.model.graph import Graph
from homeport.model.snapshot import NodeFacts, Snapshot
from homeport.model.wishes import Wishes
from homeport.plan.stack import evaluation_identity
from homeport.ports.evaluator import Evaluator
from homeport.session.furnish import remembering
from homeport.session.names import meant
from homeport.session.settings import Settings


class Beginning(Struct, frozen=True):
    """The declared graph, its instance, the instance's memory, and the wishes to begin with."""

    graph: Graph
    instance: Instance
    memory: DiskMemory
    wishes: Wishes

    def snapshot(self, house: str) -> Snapshot:
        """Return the first snapshot: the evaluation, and the successes of earlier houses."""
        first: dict[tuple[str, int], Fact] = {("file", 0): Evaluated(evaluation_identity(0, self.wishes.options))}
        facts: dict[str, NodeFacts] = {"": first}
        for name, done in self.memory.done().items():
            if name in self.graph.nodes:
                facts[name] = {("done", 0): replace(done, turn=0)}
        return Snapshot(self.graph, self.wishes, facts, house=house)


async def begin(settings: Settings, folders: Folders, evaluator: Evaluator) -> Beginning:
    """Evaluate the file with the options that its instance remembers.

    Raises ConfigError for a wrong file, RefusedError for unknown names and options.
    """
    instances = Instances(folders)
    file = Path(settings.file)
    before = instances.at(file, settings.instance)
    options = {**(remembering(before).wishes().options if before is not None else {}), **settings.options}
    graph = await evaluator.evaluate(settings.file, options)
    instance = instances.resolve(graph.stack, file, settings.instance)
    memory = remembering(instance)
    return Beginning(graph, instance, memory, _wishes(settings, graph, memory.wishes()))


def _wishes(settings: Settings, graph: Graph, known: Wishes) -> Wishes:
    """Return what is remembered, changed by what was asked for now."""
    unknown = [name for name in settings.options if name not in graph.nodes]
    if unknown:
        raise RefusedError(f"the stack has no option {unknown[0]!r}", hint="`homeport args` lists its options")
    return replace(
        known,
        options={**known.options, **settings.options},
        selected=frozenset(meant(settings.select, graph)) if settings.select else None,
        all_paused=settings.manual or known.all_paused,
        jobs=settings.jobs or known.jobs,
        give_up=settings.give_up,
    )
