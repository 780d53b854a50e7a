"""What follows when a service ended by itself: pauses that grow, and when to give up."""

from zlib import crc32

from homeport.model.facts import Run
from homeport.model.instants import SECOND, Instant
from homeport.model.parts import Restart
from homeport.model.plan import Hold
from homeport.model.view import State


def crashes_after(run: Run, restart: Restart, dead: str | None) -> int:
    """Return how many ends in a row nobody asked for, counting this one; a long quiet run is a new beginning."""
    if run.ended is None or (run.ended.asked and dead is None):
        return 0
    lived = run.ended.at - (run.started if run.started is not None else run.ended.at)
    return 1 if lived >= restart.quiet * SECOND else run.crashes + 1


def hold_after(
    place: str, run: Run, restart: Restart, crashes: int, give_up: int | None, dead: str | None
) -> Hold | None:
    """Return why the same program is not started again now in a ``place``: a hold without ``until`` is for good."""
    if run.ended is None or not crashes:
        return None
    how = f"liveness failed: {dead}" if dead else str(run.ended)
    if restart.policy == "never" or (restart.policy == "on-failure" and run.ended.ok and dead is None):
        return Hold(f"it ended by itself ({how})")
    limit = min((n for n in (restart.limit, give_up) if n is not None), default=None)
    if limit is not None and crashes >= limit:
        return Hold(f"it ended {times(crashes)} in a row ({how})")
    pause = min(restart.first * 2 ** min(crashes - 1, 30), restart.longest)
    if run.ended.error is not None:
        pause *= _share(f"{place}/{crashes}")
    until: Instant = run.ended.at + round(pause * SECOND)
    return Hold(f"it ended {times(crashes)} in a row ({how})" if crashes > 1 else f"it ended ({how})", until=until)


def _share(seed: str) -> float:
    """Return a number from a half to one. Who failed together for want of room would, together, want too much again."""
    return 0.5 + crc32(seed.encode()) / 2**33


def last_state(run: Run, restart: Restart, dead: str | None) -> State:
    """Return the state of a service that is not started again: an end that its policy takes for good is no failure."""
    fine = run.ended is not None and run.ended.ok and dead is None
    return "stopped" if fine and restart.policy != "always" else "failed"


def times(count: int) -> str:
    """Return a count in words."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
