"""Logs over the socket: what was written, then what is being written."""

from collections.abc import AsyncGenerator

from homeport.model.lines import SHARPNESS, LogLine
from homeport.model.queries import Query, Wanted
from homeport.model.view import NodeView
from homeport.ports.doors import Doors
from homeport.wire.replies import LinesReply
from homeport.wire.requests import Logs

_SEARCHED = 10_000
"""How many of the last lines a filter looks at. Older ones are found in the files, without the house."""
_BATCH = 1000
"""Lines in one message at most, so that a message stays small."""


async def logs(doors: Doors, request: Logs) -> AsyncGenerator[LinesReply, None]:
    """Yield the last lines that fit, then new ones while the client follows."""
    names = doors.feed.names(request.names) if request.names else None
    fits = Wanted(Query(since=request.since, level=request.level)).line
    everyone = names or tuple(node.name for node in doors.feed.frame().nodes)
    coming = doors.book.follow(names, lag=request.lag) if request.follow else None
    plain = request.level is None and request.since is None
    tail = max(0, min(request.tail, _SEARCHED))
    earlier = doors.book.tail(everyone, tail if plain else _SEARCHED) if tail else ()
    seen: dict[str, int] = {}
    for line in earlier:
        seen[line.service] = max(line.number, seen.get(line.service, 0))
    fitting = tuple(filter(fits, earlier))[-tail:] if tail else ()
    for start in range(0, max(len(fitting), 1), _BATCH):
        yield LinesReply(fitting[start : start + _BATCH], earlier=True)
    if coming is not None:
        async for batch in coming:
            fresh = tuple(line for line in batch if line.number > seen.get(line.service, 0) and fits(line))
            if fresh:
                yield LinesReply(fresh)


def of_last_run(doors: Doors, node: NodeView, count: int) -> tuple[LogLine, ...]:
    """Return the last lines that a node wrote since its last start; none when it never started in this house.

    Each of several replicas has had a start of its own; all that was written since the first of these is meant.
    """
    if not node.since:
        return ()
    begin = min([each.since for each in node.replicas if each.since], default=node.since) - SHARPNESS
    return tuple(line for line in doors.book.tail([node.name], count) if line.at >= begin)
