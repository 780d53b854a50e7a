"""What is said while a house closes."""

from collections.abc import Sequence

FIRST = "Ctrl-C stops everything politely; a second one kills."
KILLING = "Killing what is left."
HERE_STAYS = "Everything has ended. Data and logs stay; `homeport down --data` removes the data."
DETACHED = "Detached: everything runs on. `homeport down` ends it."


def objects_stay(there: str) -> str:
    """Return what is said of objects on a cluster, which outlive the house: ``3 services on testbed/shop``."""
    return f"Still there: {there}. `homeport down` removes that, volumes only with --data."


def waiting_for(left: Sequence[tuple[str, float]], *, may_kill: bool) -> str:
    """Return one sentence about who is still stopping, the slowest first."""
    if not left:
        return "Stopping."
    slowest, seconds = max(left, key=lambda one: one[1])
    others = f" and {len(left) - 1} more" if len(left) > 1 else ""
    hint = "; Ctrl-C again to kill" if may_kill else ""
    return f"Waiting for {slowest}{others}, {max(round(seconds), 0)} s left{hint}"
