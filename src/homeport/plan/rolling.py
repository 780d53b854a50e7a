"""Which replicas may be replaced now, so that a rolling restart takes one after the other."""

from homeport.model.plan import Hold
from homeport.plan import health
from homeport.plan.replica import Case, target_of


def may_turn(case: Case) -> frozenset[int]:
    """Return the ready replicas that may be replaced: one at a time and only while all others serve.

    A replica that does not serve is nobody's loss; where none serves, all may turn.
    """
    everyone = frozenset(range(case.replicas))
    if case.replicas == 1 or isinstance(case.made, Hold):
        return everyone
    serving: list[int] = []
    outdated: list[int] = []
    for replica in everyone:
        run = case.see.run(case.service.name, replica)
        if run is None or not health.readiness(case.service, replica, run, case.see, case.now)[0]:
            continue
        serving.append(replica)
        if run.identity != target_of(case, replica, case.made, run):
            outdated.append(replica)
    if not serving:
        return everyone
    return frozenset(outdated[:1]) if len(serving) == case.replicas else frozenset()
