"""Requests that change the wishes."""

from collections.abc import Iterable

from homeport.model.errors import RefusedError
from homeport.model.hiding import refuse_untold
from homeport.ports.doors import Doors
from homeport.server import turns
from homeport.server.meaning import single
from homeport.wire import requests
from homeport.wire.requests import AnyRequest

MOST_REPLICAS = 1000
"""More of one service than any machine runs is a slip of the finger, and would take its memory before it fails."""


def wish(doors: Doors, request: AnyRequest) -> tuple[str, ...]:
    """Take a wish; return the nodes that it concerns."""
    names: tuple[str, ...] = ()
    match request:
        case requests.Options():
            refuse_untold(request.values, doors.mask)
            change = turns.options(request.values, request.forget)
        case requests.Scale():
            names = (single(doors, request.name),)
            if not any(node.name == names[0] and node.type == "service" for node in doors.feed.frame().nodes):
                raise RefusedError(f'"{request.name}" is no service', hint="only services have replicas")
            if request.replicas < 0:
                raise RefusedError(f'"{request.replicas}" replicas: expected 0 or more')
            if request.replicas > MOST_REPLICAS:
                raise RefusedError(f'"{request.replicas}" replicas: expected at most {MOST_REPLICAS}')
            change = turns.scale(names[0], request.replicas)
        case requests.Place():
            moved = doors.feed.places(request.places)
            names, change = tuple(filter(None, moved)), turns.place(moved)
        case requests.Pause() | requests.Resume():
            names = doors.feed.names(request.names) if request.names else ()
            change = (turns.pause if isinstance(request, requests.Pause) else turns.resume)(names)
        case requests.Trigger():
            names = doors.feed.names(request.names)
            _refuse_secret_words(doors, request.args or ())
            services = [node.name for node in doors.feed.frame().nodes if node.type == "service" and node.name in names]
            change = turns.trigger(names, request.args, services)
        case requests.Restart() | requests.Enable() | requests.Disable() | requests.Select():
            names = doors.feed.names(request.names)
            change = _PLAIN[type(request)](names)
        case _:
            raise RefusedError(f"{type(request).__name__} is no wish")
    doors.feed.wish(change)
    return names


def _refuse_secret_words(doors: Doors, words: Iterable[str]) -> None:
    if any(doors.mask(word) != word for word in words):
        raise RefusedError(
            "an argument has a secret in it, which every user could read",
            hint="pass it in env= of the task, or the path of a file that holds it",
        )


_PLAIN = {
    requests.Restart: turns.restart,
    requests.Enable: turns.enable,
    requests.Disable: turns.disable,
    requests.Select: turns.join,
}
