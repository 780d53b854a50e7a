"""What a house begins with: what its file declares, who it is, and what it remembers."""

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from homeport.config.hiding import hidden_by
from homeport.machine.clusters.record import Records
from homeport.machine.instances.folders import Folders
from homeport.machine.instances.instance import Instance
from homeport.machine.instances.registry import Instances
from homeport.machine.memory.disk import DiskMemory, memory_of
from homeport.model.errors import ConfigError, RefusedError
from homeport.model.facts import Evaluated, Fact
from homeport.model.graph import Graph
from homeport.model.hiding import mask_of, refuse_untold
from homeport.model.meant import meant
from homeport.model.places import Site
from homeport.model.placing import changed, placed
from homeport.model.shipped import Present
from homeport.model.snapshot import NodeFacts, Snapshot
from homeport.model.wishes import Wishes
from homeport.plan.stack import evaluation_identity
from homeport.ports.evaluator import Evaluator
from homeport.session.settings import Settings


class Beginning(Struct, frozen=True):
    """The declared graph, its instance, the instance's memory, and the wishes to begin with.

    ``error``: what is wrong with the file; the graph is then the last good one.
    """

    graph: Graph
    instance: Instance
    memory: DiskMemory
    wishes: Wishes
    error: ConfigError | None = None

    def snapshot(self, house: str) -> Snapshot:
        """Return the first snapshot: the evaluation, and the successes of earlier houses."""
        evaluated = Evaluated(evaluation_identity(0, self.wishes.options))
        if self.error is not None:
            evaluated = replace(evaluated, mistakes=self.error.mistakes, sources=self.error.sources)
        first: dict[tuple[str, int], Fact] = {("file", 0): evaluated}
        if any(record.services for record in Records(self.instance.folder).all()):
            first["present", 0] = Present()  # an earlier house left something in a cluster: it is looked at
        facts: dict[str, NodeFacts] = {"": first}
        for name, done in self.memory.done().items():
            if name in self.graph.nodes:
                facts[name] = {("done", 0): replace(done, turn=0)}
        return Snapshot(self.graph, self.wishes, facts, house=house)


async def begin(settings: Settings, folders: Folders, evaluator: Evaluator) -> Beginning:
    """Evaluate the file with the options that its instance remembers; a broken one gives way to the last good graph, if asked.

    Raises ConfigError for a wrong file, RefusedError for unknown names and options.
    """
    instances = Instances(folders)
    file = Path(settings.file)
    before = instances.at(file, settings.instance)
    known = memory_of(before) if before is not None else None
    options = {**(known.wishes().options if known is not None else {}), **settings.options}
    wrong = None
    try:
        graph = await evaluator.evaluate(settings.file, options)
    except ConfigError as error:
        graph, wrong = _fall_back(settings, known, error), error
    if settings.options:
        refuse_untold(settings.options, mask_of(hidden_by(graph.nodes.values(), graph.root, {}, settings.environ)).text)
    instance = instances.resolve(graph.stack, file, settings.instance)
    memory = memory_of(instance)
    return Beginning(graph, instance, memory, _wishes(settings, graph, memory.wishes()), wrong)


def _fall_back(settings: Settings, known: DiskMemory | None, error: ConfigError) -> Graph:
    """Return the last good graph when it was asked for, else raise the error, whose next step names it if there is one."""
    if known is None or not settings.remember:
        raise error
    try:
        graph = known.graph()
    except RefusedError as refused:
        raise _advised(error, f"{refused.what}: it cannot stand in") from None
    if graph is None or graph.file != settings.file:
        raise error
    if settings.last_good:
        return graph
    raise _advised(error, "or run what worked last until then: homeport up --last-good")


def _advised(error: ConfigError, advice: str) -> ConfigError:
    """Return the error with another next step; one that is not about the file itself has its own."""
    *others, last = error.mistakes
    if last.file is None:
        return error
    last = replace(last, hint=f"{last.hint}\n{advice}" if last.hint else advice)
    return ConfigError([*others, last], sources=error.sources, notes=error.notes)


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
        places=changed(known.places, placed(settings.places, graph)),
        site=_site(settings, known.site),
    )


def _site(settings: Settings, known: Site) -> Site:
    """Return which cluster is wished: as was said now, else as is remembered. Another context has other namespaces."""
    if settings.context is not None and settings.context != known.context:
        known = Site()
    said = {"context": settings.context, "namespace": settings.namespace, "registry": settings.registry}
    return replace(known, **{name: value for name, value in said.items() if value is not None})
