"""From decisions to what people see: one view per node. States are the plan's; nothing is computed on a screen."""

from collections.abc import Mapping
from operator import is_

from msgspec import Struct
from msgspec.structs import replace

from homeport.model.facts import Changed, Leased, Provided, Run, Watching
from homeport.model.instants import Instant
from homeport.model.manifests import Manifests
from homeport.model.nodes import Node, Service, Task
from homeport.model.shipped import Cleared, Present
from homeport.model.snapshot import Snapshot
from homeport.model.view import NodeView, ReplicaView, State
from homeport.plan.cluster.views import images_of, manifests_view, pods_view, told_there, tried
from homeport.plan.decision import PAUSED, Answer, Decision
from homeport.plan.docker import ENGINE_NAME
from homeport.plan.identity import own_ports
from homeport.plan.links import linked, shown
from homeport.plan.stack import rules_of, unseen

_FINAL: frozenset[State] = frozenset({"ready", "failed", "completed", "stopped", "disabled"})


class Seen(Struct, frozen=True):
    """A view, and what it was drawn from, so that it is drawn again only when that changed."""

    drawn_from: tuple[object, ...]
    view: NodeView


def draw(answer: Answer, epoch: float, before: dict[str, Seen]) -> dict[str, Seen]:
    """Return the views of all nodes in declared order. ``epoch`` is the wall time of instant 0."""
    see = answer.see
    drawn: dict[str, Seen] = {}
    for name, node in see.graph.nodes.items():
        decision = answer.decisions[name]
        held = answer.holds.get(name) if decision.slot is not None else None
        builds = {build: answer.decisions[build] for build in _builds(node) if build in answer.decisions}
        watch = see.fact(("watch", "", 0), Watching) if rules_of(node) else None
        facts = [see.facts.get(each) for each in (name, *images_of(node, see), *builds, *linked(node))]
        cleared = see.fact(("clear", "", 0), Cleared)
        left = (cleared, see.fact(("present", "", 0), Present)) if cleared is not None and cleared.error else ()
        sources = (node, decision, held, watch, *builds.values(), *facts, *left)
        old = before.get(name)
        if old is not None and len(old.drawn_from) == len(sources) and all(map(is_, old.drawn_from, sources)):
            drawn[name] = old
        else:
            view = _with_misses(_view(name, node, decision, builds, see, epoch), node, answer)
            drawn[name] = Seen(sources, _slot(view, held is not None, decision))
    return drawn


def _builds(node: Node) -> tuple[str, ...]:
    return node.builds if isinstance(node, Service) else ()


def is_settled(answer: Answer) -> bool:
    """Whether nothing is on its way: every node is in a state that lasts, or waits for one that will not help it.

    Saves that a pause collects are not on their way.
    """
    if answer.decisions[""].hold is not None:
        return False
    engine = answer.decisions.get(ENGINE_NAME)
    resting: set[str] = {ENGINE_NAME} if engine is not None and engine.state == "failed" else set()
    for name in answer.see.graph.order:
        if _rests(answer.decisions[name], resting):
            resting.add(name)
    return resting.issuperset(answer.see.graph.order)


def _rests(decision: Decision, resting: set[str]) -> bool:
    """Whether a decision will stay: who waits for something that rests has nothing to hope for either."""
    hopeless = decision.hold is not None and decision.hold.cause in resting
    if decision.slot is not None or decision.state not in _FINAL:
        return hopeless and decision.state == "waiting"
    return hopeless or decision.stale in ("", PAUSED)


def _slot(view: NodeView, is_held: bool, decision: Decision) -> NodeView:
    if decision.slot is None:
        return view
    return replace(view, detail=decision.hold.reason if is_held and decision.hold else "")


def _view(
    name: str, node: Node, decision: Decision, builds: Mapping[str, Decision], see: Snapshot, epoch: float
) -> NodeView:
    view = NodeView(
        name,
        type(node).__name__.lower(),
        decision.state,
        detail=decision.detail or (decision.hold.reason if decision.hold and not decision.stale else ""),
        cause=decision.hold.cause if decision.hold else None,
        stale=decision.stale,
        needs=tuple(need.name for need in see.needs(name)),
        retry_at=_wall(decision.hold.until if decision.hold else None, epoch),
    )
    if isinstance(node, Service | Task) and (place := see.place(name)) != "here":
        view = replace(view, place=place)
    if isinstance(node, Manifests):
        return manifests_view(view, node, decision, see)
    if isinstance(node, Service) and view.place == "kubernetes":
        leased = see.ports(name)
        shared = dict(leased.shared) if leased else {}
        links = {link.title: shown(link.url, name, see) for link in node.links}
        return replace(pods_view(view, node, decision, see), ports=shared, links=links)
    if isinstance(node, Service):
        view = replace(view, ready_since=_ready_since(node, decision, see, epoch))
        return _service_view(view, node, decision, builds, see)
    if isinstance(node, Task):
        return _task_view(view, node, see)
    tool = see.fact(("tool", name, 0), Provided)
    return replace(view, note=tool.note) if tool is not None else view


def _with_misses(view: NodeView, node: Node, answer: Answer) -> NodeView:
    """Tell of saves that are not seen, of some that were not, and of what goes wrong in a cluster beside what runs."""
    see = answer.see
    changed = see.fact(("changed", view.name, 0), Changed)
    blind, lost = unseen(node, see), changed.lost if changed is not None else ""
    there = told_there(view.name, see, wanted=view.name in answer.names)
    if view.state == "restarting":
        view = replace(view, crashes=max(view.crashes, tried(node, see)))
    if not blind and not lost and not there:
        return view
    return replace(view, stale=view.stale or blind, note="; ".join(filter(None, (view.note, lost, *there))))


def _service_view(
    view: NodeView,
    service: Service,
    decision: Decision,
    builds: Mapping[str, Decision],
    see: Snapshot,
) -> NodeView:
    leased = see.ports(service.name)
    replicas = tuple(_replica_view(service, replica, decision, see) for replica in range(len(decision.places)))
    runs = [run for replica in range(max(1, len(replicas))) if (run := see.run(service.name, replica))]
    building = any(build.state == "building" for build in builds.values())
    failed = next((name for name, build in builds.items() if build.state == "failed"), None)
    return replace(
        view,
        state="building" if building and decision.state == "waiting" else decision.state,
        groups=service.groups,
        component=service.component,
        since=max((run.wall for run in runs), default=0.0),
        restarts=sum(run.number - 1 for run in runs),
        crashes=max((_crashes(run) for run in runs), default=0),
        ready_replicas=sum(place.ready for place in decision.places),
        wanted_replicas=len(replicas),
        replicas=replicas,
        ports=dict(leased.shared) if leased else {},
        links={link.title: shown(link.url, service.name, see) for link in service.links},
        tail=_tail(runs, decision) or _build_tail(failed, see),
        note=next((run.note for run in runs if run.note), "") or _notes(service, leased, see),
        manual=not service.starts,
        stale=view.stale or (_on_an_older_build(builds, failed) if failed and decision.ready else ""),
    )


def _crashes(run: Run) -> int:
    """Return the ends in a row that nobody asked for, this run's own included."""
    return run.crashes + (run.ended is not None and not run.ended.asked)


def _ready_since(service: Service, decision: Decision, see: Snapshot, epoch: float) -> float:
    """Return since when a ready service is ready: its newest replica's turn, or the end of its quiet start."""
    if decision.state != "ready":
        return 0.0
    turns: list[Instant] = []
    for replica in range(len(decision.places)):
        run, looked = see.run(service.name, replica), see.health(service.name, replica)
        if run is not None and run.started is not None:
            probed = looked is not None and looked.number == run.number
            turns.append(looked.since if probed and looked is not None else run.started)
    return _wall(max(turns, default=None), epoch)


def _on_an_older_build(builds: Mapping[str, Decision], failed: str) -> str:
    return f"build {failed} failed ({builds[failed].detail}): the last good one runs on"


def _build_tail(failed: str | None, see: Snapshot) -> tuple[str, ...]:
    """Return the compiler's last lines while a failed build keeps an older program running, or none from starting."""
    run = see.run(failed) if failed is not None else None
    return run.tail if run is not None else ()


def _notes(service: Service, leased: Leased | None, see: Snapshot) -> str:
    """Tell what a person may not expect: another port than the declared one, or a stand-in for the program."""
    notes = [
        f"port {leased.shared[port.name]} instead of {port.wanted}"
        for port in service.ports
        if leased is not None and leased.shared.get(port.name, port.wanted) != port.wanted
    ]
    tools = (see.fact(("tool", name, 0), Provided) for name in service.tools)
    return "; ".join([*notes, *(tool.note for tool in tools if tool is not None and tool.note)])


def _replica_view(service: Service, replica: int, decision: Decision, see: Snapshot) -> ReplicaView:
    place = decision.places[replica]
    run = see.run(service.name, replica)
    ports = dict(run.ports if run is not None and run.alive else own_ports(see.ports(service.name), replica))
    if run is None:
        return ReplicaView(replica, place.state, ports=ports, detail=place.detail)
    pid = run.pid if run.ended is None else None
    return ReplicaView(replica, place.state, run.number, pid, run.wall, ports, place.detail)


def _task_view(view: NodeView, task: Task, see: Snapshot) -> NodeView:
    run = see.run(task.name)
    done = see.done(task.name)
    skipped = view.state == "completed" and run is None and done is not None
    return replace(
        view,
        detail="nothing changed since its last success" if skipped else view.detail,
        groups=task.groups,
        since=run.wall if run else 0.0,
        restarts=run.number - 1 if run else 0,
        tail=run.tail if run is not None and view.state == "failed" else (),
        manual=task.manual,
    )


def _tail(runs: list[Run], decision: Decision) -> tuple[str, ...]:
    if decision.state not in {"failed", "restarting"}:
        return ()
    return next((run.tail for run in runs if run.ended is not None and run.tail), ())


def _wall(instant: Instant | None, epoch: float) -> float:
    return 0.0 if instant is None else round(epoch + instant / 1e6, 3)
