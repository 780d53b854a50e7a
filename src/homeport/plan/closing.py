"""The end is only another plan: dependents leave first, then what they leaned on."""

from homeport.model.facts import Key, Run
from homeport.model.nodes import Service
from homeport.model.plan import Job, RunService
from homeport.model.snapshot import Snapshot
from homeport.plan.decision import Answer, Decision
from homeport.plan.identity import own_ports


def closing(see: Snapshot) -> Answer:
    """Keep exactly those services running that something alive still leans on; at once means nobody waits for anybody."""
    alive = {name: runs for name in see.facts if (runs := _alive(name, see))}
    jobs: dict[Key, Job] = {}
    decisions: dict[str, Decision] = {}
    for name, node in see.graph.nodes.items():
        runs = alive.get(name, {})
        leaned_on = any(other in alive for other in see.graph.dependents[name])
        if isinstance(node, Service) and leaned_on and see.closing == "in order":
            for replica, run in runs.items():
                job = _kept(node, replica, run, see)
                jobs[job.key] = job
        decisions[name] = Decision("stopping" if runs else "stopped")
    return Answer(see, decisions, jobs, {})


def _alive(name: str, see: Snapshot) -> dict[int, Run]:
    known = see.facts.get(name, {})
    return {
        replica: fact
        for (kind, replica), fact in known.items()
        if kind == "run" and isinstance(fact, Run) and fact.alive
    }


def _kept(service: Service, replica: int, run: Run, see: Snapshot) -> RunService:
    key: Key = ("run", service.name, replica)
    own = own_ports(see.ports(service.name), replica)
    return RunService(key, run.identity, service, replica, 1, run.number, run.crashes, own=own)
