"""The shared address of replicas: who listens on it, and whether anybody does."""

from collections.abc import Sequence

from msgspec import Struct

from homeport.model.facts import Fronting, Key
from homeport.model.plan import Front, Hold
from homeport.plan.identity import digest
from homeport.plan.replica import Case, Verdict


class Fronted(Struct, frozen=True):
    """The job that listens, and what is missing until connections come in (None: nothing)."""

    job: Front | None = None
    missing: Hold | None = None
    failed: bool = False


def decide_front(case: Case, verdicts: Sequence[Verdict]) -> Fronted:
    """Decide about the shared address of a service; one replica has it for itself."""
    name, leased = case.service.name, case.leased
    if case.replicas < 2 or leased is None or not leased.shared or leased.error:
        return Fronted()
    shared = frozenset(leased.shared.values())
    runs = (case.see.run(name, replica) for replica in case.see.replicas(name))
    if any(run is not None and run.alive and shared.intersection(run.ports.values()) for run in runs):
        # It was alone until now: its successor gets a port of its own, and only then the shared one is free.
        return Fronted(missing=Hold("its shared address is still the first replica's own"))
    targets = {port: tuple(v.serves[port] for v in verdicts if port in v.serves) for port in leased.shared}
    key: Key = ("front", name, 0)
    job = Front(key, digest(sorted(leased.shared.items())), name, leased.shared, targets)
    known = case.see.fact(key, Fronting)
    if known is None or known.identity != job.identity:
        return Fronted(job, Hold("its shared address is not open yet"))
    return Fronted(job, Hold(known.error), failed=True) if known.error else Fronted(job)
