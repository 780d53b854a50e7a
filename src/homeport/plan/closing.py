"""The end is only another plan: dependents leave first, then what they leaned on."""

from homeport.model.facts import Fronting, Key, Run
from homeport.model.manifests import Manifests
from homeport.model.nodes import Service
from homeport.model.plan import Front, Job, RunService
from homeport.model.snapshot import Snapshot
from homeport.plan.cluster.forwards import kept_forward
from homeport.plan.cluster.link import kept_link
from homeport.plan.cluster.opened import kept_opened
from homeport.plan.decision import Answer, Decision, Place
from homeport.plan.docker import kept_bridge
from homeport.plan.identity import digest, own_ports


def closing(see: Snapshot) -> Answer:
    """Keep exactly those services running that something alive still leans on; at once means nobody waits for anybody."""
    jobs: dict[Key, Job] = {}
    decisions: dict[str, Decision] = {}
    leaned: set[str] = set()
    for name in reversed(see.graph.order):
        node, runs = see.graph.nodes[name], see.alive(name)
        kept = name in leaned and see.closing == "in order"
        if isinstance(node, Service) and kept:
            jobs.update((job.key, job) for job in _kept(node, runs, see))
        if isinstance(node, Service) and kept:
            jobs.update((job.key, job) for job in kept_bridge(name, see))
        if isinstance(node, Service) and kept and (forwards := kept_forward(node, see)):
            # A forward is open for as long as the link to the cluster is.
            jobs.update((job.key, job) for job in (*forwards, *kept_link(see)))
        if isinstance(node, Manifests) and kept and (ways := kept_opened(node, see)):
            jobs.update((job.key, job) for job in (*ways, *kept_link(see)))
        if runs or name in leaned:
            leaned.update(need.name for need in see.needs(name))
        decisions[name] = _leaving(node.name, runs, see, waits=kept)
    ended = all(decision.state == "stopped" for decision in decisions.values())
    decisions[""] = Decision("stopped" if ended else "stopping")
    return Answer(see, decisions, jobs, {})


def _leaving(name: str, runs: dict[int, Run], see: Snapshot, *, waits: bool) -> Decision:
    detail = "until nobody needs it any more" if waits and runs else ""
    places = (Place("stopping" if replica in runs else "stopped") for replica in range(max(runs, default=-1) + 1))
    is_service = isinstance(see.graph.nodes[name], Service)
    return Decision("stopping" if runs else "stopped", detail=detail, places=tuple(places) if is_service else ())


def _kept(service: Service, runs: dict[int, Run], see: Snapshot) -> list[Job]:
    """Return the jobs that let a service and its shared address be."""
    name, leased = service.name, see.ports(service.name)
    jobs: list[Job] = []
    for replica, run in runs.items():
        own = own_ports(leased, replica)
        key: Key = ("run", name, replica)
        jobs.append(RunService(key, run.identity, service, replica, len(runs), run.number, run.crashes, own=own))
    front: Key = ("front", name, 0)
    known = see.fact(front, Fronting)
    if leased is not None and known is not None and known.identity and not known.error:
        serving = [
            run.ports for run in runs.values() if run.started is not None and run.ended is None and not run.stopping
        ]
        targets = {port: tuple(ports[port] for ports in serving if port in ports) for port in leased.shared}
        jobs.append(Front(front, digest(sorted(leased.shared.items())), name, leased.shared, targets))
    return jobs
