"""The chain of causes behind a node that is not going on."""

from collections.abc import Iterator

from homeport.model.nodes import Service
from homeport.model.plan import Hold
from homeport.plan.decision import Answer
from homeport.plan.stack import unseen


def why(name: str, answer: Answer) -> Iterator[tuple[str, Hold]]:
    """Yield each node on the way from ``name`` down to the cause, with what holds it."""
    seen: set[str] = set()
    while name not in seen and name in answer.decisions:
        seen.add(name)
        decision = answer.decisions[name]
        hold = (
            answer.holds.get(name)
            or decision.hold
            or _older_build(name, answer)
            or _unseen(name, answer)
            or Hold(_state_sentence(name, answer))
        )
        yield name, hold
        if hold.cause is None or hold.cause == name:
            return
        name = hold.cause


def _older_build(name: str, answer: Answer) -> Hold | None:
    """Return why a running service is not as new as its sources: a build of it failed."""
    node = answer.see.graph.nodes.get(name)
    builds = node.builds if isinstance(node, Service) else ()
    failed = next((build for build in builds if answer.decisions[build].state == "failed"), None)
    return (
        Hold(f"it runs on its last good build, because {failed} failed", cause=failed) if failed is not None else None
    )


def _unseen(name: str, answer: Answer) -> Hold | None:
    reason = unseen(answer.see.graph.nodes[name], answer.see) if name in answer.see.graph.nodes else ""
    return Hold(reason) if reason else None


def _state_sentence(name: str, answer: Answer) -> str:
    decision = answer.decisions[name]
    said = decision.detail or decision.stale
    return f"it is {decision.state}" + (f": {said}" if said else "")
