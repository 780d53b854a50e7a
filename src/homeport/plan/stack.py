"""Decisions about the stack as a whole: ports for everybody, the watch over files, and reading the stack file again."""

from collections.abc import Mapping

from homeport.model.facts import Changed, Evaluated, Leased, Watching
from homeport.model.instants import SECOND, Instant
from homeport.model.manifests import Manifests
from homeport.model.nodes import Node, Service, Task
from homeport.model.parts import Files
from homeport.model.plan import Evaluate, Hold, Job, LeasePorts, WatchFiles
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.opened import listener
from homeport.plan.cluster.rules import image_rules
from homeport.plan.decision import Decision
from homeport.plan.identity import digest, earliest, lease_identity

RETRY_PORTS: Instant = 2 * SECOND
"""A port that is taken is asked for again this often: its holder may have gone."""


FIRST_PAUSE: Instant = SECOND
LONGEST_PAUSE: Instant = 30 * SECOND
"""The stack file is read again so long after this machine ran short of something; the pause doubles each time."""


def decide_stack(see: Snapshot, names: frozenset[str], now: Instant) -> Decision:
    """Decide about what belongs to no single node."""
    jobs: list[Job] = []
    wake = _lease(see, now, jobs)
    jobs.append(_watch(see, names))
    hold = _evaluate(see, now, jobs)
    return Decision("ready", tuple(jobs), hold, earliest(wake, hold.until if hold is not None else None))


def _lease(see: Snapshot, now: Instant, jobs: list[Job]) -> Instant | None:
    own = (listener(node) for node in see.graph.manifests() if node.ports)
    services = tuple(
        (node, replicas := see.wishes.replicas.get(node.name, node.replicas), lease_identity(node, replicas))
        for node in (*(node for node in see.graph.nodes.values() if isinstance(node, Service) and node.ports), *own)
    )
    identity = digest([(service.name, lease) for service, _, lease in services])
    known = see.fact(("ports", "", 0), Leased)
    if not services and known is None:
        return None
    job = LeasePorts(("ports", "", 0), identity, services)
    if known is None or known.identity != identity:
        jobs.append(job)
    elif known.error:
        again = known.at + RETRY_PORTS
        if now < again:
            return again
        jobs.append(LeasePorts(job.key, f"{identity}/{known.at}", services))
    return None


def _watch(see: Snapshot, names: frozenset[str]) -> WatchFiles:
    rules: dict[str, tuple[Files, ...]] = {}
    for name, node in see.graph.nodes.items():
        elsewhere = isinstance(node, Service) and see.place(name) != "here"  # its image has rules of its own
        if name in names and not elsewhere and (each := rules_of(node)):
            rules[name] = each
    rules |= image_rules(see, names)
    evaluated = see.fact(("file", "", 0), Evaluated)
    sources = tuple(dict.fromkeys((*see.graph.sources, *(evaluated.sources if evaluated is not None else ()))))
    version = digest(sorted(rules.items()), sources)
    return WatchFiles(("watch", "", 0), "watch", version, rules, sources)


def is_watched(see: Snapshot, stack: Decision) -> bool:
    """Whether every later save is seen, by the newest rules (``stack`` is the decision that has them), or never will be."""
    watch = see.fact(("watch", "", 0), Watching)
    version = next((job.version for job in stack.jobs if isinstance(job, WatchFiles)), None)
    return watch is not None and watch.identity == version and (watch.ready or watch.error is not None)


def unseen(node: Node, see: Snapshot) -> str:
    """Return why saves of a node's files are not seen and what to do, or nothing."""
    watch = see.fact(("watch", "", 0), Watching)
    blind = watch.blind(node.name) if watch is not None and rules_of(node) else None
    return f"its saves are not seen: {blind}" if blind is not None else ""


def rules_of(node: Node) -> tuple[Files, ...]:
    """Return the rules by which files belong to a node."""
    if isinstance(node, Service):
        return node.reload
    if isinstance(node, Manifests):
        return node.watched
    return node.inputs if isinstance(node, Task) else ()


def evaluation_identity(saves: int, options: Mapping[str, str]) -> str:
    """Return what an evaluation depends on: how often a source was saved (0 for the first), and the options given."""
    return f"{saves}|{digest(sorted(options.items()))}"


def _evaluate(see: Snapshot, now: Instant, jobs: list[Job]) -> Hold | None:
    changed = see.fact(("changed", "", 0), Changed)
    known = see.fact(("file", "", 0), Evaluated)
    options = dict(sorted(see.wishes.options.items()))
    if known is None:
        return None
    saves = changed.seq if changed is not None else 0
    if see.wishes.all_paused:
        saves = int(known.identity.partition("|")[0])
    identity = evaluation_identity(saves, options)
    if known.identity.partition("/")[0] == identity:
        if not known.short:
            return None
        again = known.at + min(FIRST_PAUSE * 2 ** min(known.short - 1, 30), LONGEST_PAUSE)
        if now < again:
            return Hold(
                "the stack file could not be read again, because this machine ran short of something", until=again
            )
        job = Evaluate(("file", "", 0), f"{identity}/{known.short}", see.graph.file, options, known.short)
    else:
        job = Evaluate(("file", "", 0), identity, see.graph.file, options)
    jobs.append(job)
    return Hold("the stack file changed and is read again")
