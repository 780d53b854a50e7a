"""Decisions about what others are made of: tools, secrets, settings and options."""

from homeport.model.facts import Evaluated, Known, Provided
from homeport.model.nodes import EnvFile, Option, Secret, Tool
from homeport.model.plan import Hold, LoadValues, ProvideTool
from homeport.model.snapshot import Snapshot
from homeport.plan.decision import Decision
from homeport.plan.identity import digest


def decide_tool(tool: Tool, see: Snapshot) -> Decision:
    """Find or fetch a tool once; again when it was asked for by a trigger or a changed definition."""
    turn = see.wishes.turns.get(tool.name, 0)
    identity = f"{digest(tool.product, tool.version, tool.programs)}/{turn}"
    known = see.fact(("tool", tool.name, 0), Provided)
    fresh = known is not None and known.identity == identity
    if known is not None and fresh and known.missing:
        return Decision("failed", hold=Hold(known.missing), detail=known.missing)
    if known is not None and fresh and known.ready:
        return Decision("ready", started=True, ready=True, completed=True, detail=known.note)
    job = ProvideTool(("tool", tool.name, 0), identity, tool)
    return Decision("building", jobs=(job,), detail=known.progress if known else "")


def decide_values(node: Secret | EnvFile, see: Snapshot) -> Decision:
    """Load the values of a secret or ``.env`` file at every evaluation of the stack."""
    evaluated = see.fact(("file", "", 0), Evaluated)
    identity = f"{digest(_definition(node))}/{evaluated.identity if evaluated else ''}"
    known = see.fact(("known", node.name, 0), Known)
    if known is None or known.identity != identity:
        return Decision("starting", jobs=(LoadValues(("known", node.name, 0), identity, node),))
    if known.error:
        return Decision("failed", hold=Hold(known.error), detail=known.error)
    return Decision("ready", started=True, ready=True, completed=True)


def _definition(node: Secret | EnvFile) -> object:
    return node.entries if isinstance(node, Secret) else (node.path, node.secret, node.optional)


def decide_option(option: Option, see: Snapshot) -> Decision:
    """Say whether an option has a value."""
    if see.wishes.options.get(option.name, option.default) is None:
        reason = f"option {option.name!r} has no value; give one with `--set {option.name}=VALUE`"
        return Decision("failed", hold=Hold(reason), detail=reason)
    return Decision("ready", started=True, ready=True, completed=True)
