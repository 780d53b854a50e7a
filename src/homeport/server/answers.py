"""Requests to replies: one short coroutine for each."""

import asyncio
from collections.abc import AsyncGenerator

from msgspec.structs import replace

from homeport.model.errors import RefusedError
from homeport.model.view import Frame
from homeport.model.wishes import discreet
from homeport.ports.doors import Doors
from homeport.server import lines
from homeport.server.meaning import chosen, single
from homeport.server.wishing import wish
from homeport.wire import judgement, replies, requests
from homeport.wire.replies import AnyReply
from homeport.wire.requests import AnyRequest

_TAIL_OF_CAUSE = 10
_SLOWEST = 60.0
_MOST_OF_DUMP = 1000
_FINE = ("ready", "completed")
_LEAST = 0.2
"""Seconds that a wait has at least: it takes a moment to look whether the stack file was saved."""


async def answer(doors: Doors, request: AnyRequest) -> AsyncGenerator[AnyReply, None]:
    """Yield the messages of an answer, without its end. Raises RefusedError for what cannot be obeyed."""
    match request:
        case requests.Follow():
            async for frame in frames(doors, request):
                yield replies.FrameReply(frame)
        case requests.Logs():
            async for batch in lines.logs(doors, request):
                yield batch
        case requests.Wait():
            yield await wait(doors, request)
        case requests.Environment():
            env, folder = await doors.feed.environment(single(doors, request.name))
            yield replies.EnvironmentReply(dict(env), folder)
        case requests.Status(current=True):
            await doors.feed.caught_up()
            yield now(doors, request)
        case _:
            yield now(doors, request)


def now(doors: Doors, request: AnyRequest) -> AnyReply:
    """Return an answer that needs no waiting."""
    match request:
        case requests.Status():
            return replies.FrameReply(only(doors.feed.frame(request.since), chosen(doors, request.names)))
        case requests.Why():
            return chain(doors, single(doors, request.name))
        case requests.Left():
            return replies.LeftReply(tuple(doors.left()))
        case requests.Where():
            name = single(doors, request.name)
            return replies.WhereReply(name, doors.feed.where(name))
        case requests.Secrets():
            found = (replies.SecretValue(one.node, one.name, one.why, one.weak) for one in doors.hidden())
            return replies.SecretsReply(tuple(found))
        case requests.Close():
            (doors.kill if request.kill else doors.close)()
            return replies.DoneReply()
        case requests.Dump():
            return dump(doors, max(0, min(request.tail, _MOST_OF_DUMP)))
        case requests.ReadWishes():
            return replies.WishesReply(discreet(doors.feed.wishes))
        case _:
            return replies.DoneReply(wish(doors, request))


def follows(request: AnyRequest) -> bool:
    """Whether an answer lasts until the client leaves, so that its leaving must end it."""
    match request:
        case requests.Follow() | requests.Wait() | requests.Status(current=True) | requests.Logs(follow=True):
            return True
        case _:
            return False


def only(frame: Frame, names: tuple[str, ...] | None) -> Frame:
    """Return a frame with only these nodes."""
    if names is None:
        return frame
    return replace(frame, nodes=tuple(node for node in frame.nodes if node.name in names))


async def frames(doors: Doors, request: requests.Follow) -> AsyncGenerator[Frame, None]:
    """Yield a frame now and one at every change; a client that is slow gets several changes as one."""
    names = chosen(doors, request.names)
    clock = asyncio.get_running_loop().time
    frame = doors.feed.frame(request.since)
    while True:
        yield only(frame, names)
        next_at = clock() + request.pace
        news = await doors.feed.after(frame.revision)
        if (early := next_at - clock()) > 0:
            await asyncio.sleep(min(early, _SLOWEST))
            news = doors.feed.frame(frame.revision)
        frame = news


async def wait(doors: Doors, request: requests.Wait) -> replies.WaitedReply:
    """Wait until the condition holds or cannot hold any more."""
    limit = None if request.timeout is None else max(request.timeout, _LEAST)
    try:
        async with asyncio.timeout(limit):
            await doors.feed.caught_up()  # else it would judge by what the file said before
            names = chosen(doors, request.names)
            while True:
                frame = doors.feed.frame()
                reply = judged(frame, names, request)
                if reply.outcome != "timeout":
                    return reply
                await doors.feed.after(frame.revision)
    except TimeoutError:
        return _late(doors, request)


def judged(frame: Frame, names: tuple[str, ...] | None, request: requests.Wait) -> replies.WaitedReply:
    """Return how a wait ends now: in ``timeout`` when it would have to go on."""
    wanted = judgement.expected(frame) if names is None else names
    verdict = judgement.judge(frame, wanted, request.condition)
    missing = dict(verdict.missing)
    if not missing and frame.nodes:  # a house has no nodes to show before its first plan
        return replies.WaitedReply("reached", wanted, file_error=frame.file_error)
    if verdict.hopeless:
        return replies.WaitedReply("failed", wanted, dict(verdict.hopeless), frame.file_error)
    is_closing = frame.closing and request.condition != "stopped"
    return replies.WaitedReply("closing" if is_closing else "timeout", wanted, missing, frame.file_error)


def _late(doors: Doors, request: requests.Wait) -> replies.WaitedReply:
    """Return what is missing when time is up, even while the stack file is being read: by what it said before then."""
    try:
        names = chosen(doors, request.names)
    except RefusedError:  # it may be in the file that is being read
        return replies.WaitedReply("timeout")
    return replace(judged(doors.feed.frame(), names, request), outcome="timeout")


def chain(doors: Doors, name: str) -> replies.ChainReply:
    """Return the chain of causes, each with its last lines."""
    nodes = {node.name: node for node in doors.feed.frame().nodes}
    links: list[replies.Link] = []
    if nodes[name].state in _FINE and not nodes[name].stale:
        return replies.ChainReply(name, nodes[name].state, nodes[name].detail)
    for step, hold in doors.feed.why(name):
        node = nodes.get(step)
        links.append(replies.Link(step, node.state if node else "", hold.reason, hold.cause, _tail(doors, step)))
    last = (links[-1].cause or "") if links else name
    node = nodes.get(last)
    if node is not None and node.state not in _FINE and last not in [link.name for link in links]:
        links.append(replies.Link(last, node.state, judgement.sentence(node), None, _tail(doors, last)))
    return replies.ChainReply(name, nodes[name].state, nodes[name].detail, tuple(links))


def _tail(doors: Doors, name: str, count: int = _TAIL_OF_CAUSE) -> tuple[str, ...]:
    node = next((node for node in doors.feed.frame().nodes if node.name == name), None)
    if node is None or node.tail:
        return node.tail if node is not None else ()
    return tuple(line.text for line in lines.of_last_run(doors, node, count))


def dump(doors: Doors, tail: int) -> replies.DumpReply:
    """Return everything worth keeping."""
    frame = doors.feed.frame()
    holds = {node.name: tuple(doors.feed.why(node.name)) for node in frame.nodes}
    return replies.DumpReply(
        frame=frame,
        holds={name: road for name, road in holds.items() if road},
        wishes=discreet(doors.feed.wishes),
        tails={node.name: found for node in frame.nodes if (found := lines.of_last_run(doors, node, tail))},
        engine=doors.engine(),
    )
