"""Words for probes: how a service shows that it is ready or alive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from homeport.config.words import expect
from homeport.config.words.expect import Duration
from homeport.config.words.mistakes import note, wrong_type
from homeport.config.words.values import Plain, emit_command, emit_texts, need_plain


class Probe:
    """A way to see how a service is, made by ``http()``, ``tcp()``, ``command()`` or ``log()``."""

    __slots__ = ("_data",)

    def __init__(self, data: dict[str, Any], timing: dict[str, Any]) -> None:
        self._data = {**data, "timing": timing}


def http(
    path: str = "/",
    *,
    port: str | None = None,
    status: int | Sequence[int] | None = None,
    headers: Mapping[str, Plain] | None = None,
    every: Duration | None = None,
    timeout: Duration = 2.0,
    after: Duration = 0.0,
    successes: int = 1,
    failures: int = 3,
) -> Probe:
    """Healthy when a GET of a path answers well.

    Args:
        path: The path to ask for, beginning with a slash.
        port: The name of the port to ask; the first one when left out.
        status: The answer (or answers) that count as healthy; any from 200 to 399 when left out.
        headers: Headers to send along.
        every: Pause between two looks; when left out, short while the program starts and calm afterwards.
        timeout: How long one look may take.
        after: How long to wait after the start before the first look.
        successes: Good looks in a row until it counts as healthy.
        failures: Bad looks in a row until it no longer does.
    """
    at = need_plain(path, "path", 'a path such as "/health"')
    if not at.startswith("/"):
        note(f'path= begins with a slash, and "{at}" does not', hint=f'write "/{at}"', argument="path")
    given = [status] if isinstance(status, int) else expect.items(status, "status", "numbers", (int,))
    data: dict[str, Any] = {"kind": "http", "path": at}
    data["statuses"] = [expect.whole(each, "status", 100, 599) for each in given]
    if headers is not None:
        data["headers"] = emit_texts(headers, "headers")
    return Probe(_with_port(data, port), _timing(every, timeout, after, successes, failures))


def tcp(
    *,
    port: str | None = None,
    every: Duration | None = None,
    timeout: Duration = 2.0,
    after: Duration = 0.0,
    successes: int = 1,
    failures: int = 3,
) -> Probe:
    """Healthy when the port accepts a connection. What a service with a port has without a word.

    Args:
        port: The name of the port to connect to; the first one when left out.
        every: Pause between two looks; when left out, short while the program starts and calm afterwards.
        timeout: How long one look may take.
        after: How long to wait after the start before the first look.
        successes: Good looks in a row until it counts as healthy.
        failures: Bad looks in a row until it no longer does.
    """
    return Probe(_with_port({"kind": "tcp"}, port), _timing(every, timeout, after, successes, failures))


def command(
    run: str | Sequence[Plain],
    *,
    every: Duration | None = None,
    timeout: Duration = 10.0,
    after: Duration = 0.0,
    successes: int = 1,
    failures: int = 3,
) -> Probe:
    """Healthy when a command ends with exit code 0. It runs in the environment of the service.

    Args:
        run: The command: a list (a program and its arguments) or text (for the shell).
        every: Pause between two looks; when left out, short while the program starts and calm afterwards.
        timeout: How long one look may take.
        after: How long to wait after the start before the first look.
        successes: Good looks in a row until it counts as healthy.
        failures: Bad looks in a row until it no longer does.
    """
    return Probe({"kind": "command", "run": emit_command(run)}, _timing(every, timeout, after, successes, failures))


def log(pattern: str, *, after: Duration = 0.0) -> Probe:
    """Ready once a line of the program's output matches.

    Args:
        pattern: A regular expression; it may match any part of a line.
        after: How long to wait after the start before lines count.
    """
    text = need_plain(pattern, "pattern", "a regular expression")
    return Probe({"kind": "log", "pattern": text}, {"after": expect.duration(after, "after")})


def _with_port(data: dict[str, Any], port: object) -> dict[str, Any]:
    if port is not None:
        if isinstance(port, str):
            data["port"] = need_plain(port, "port", "the name of a port")
        else:
            hint = f'ports are spoken of by their names: ports={{"admin": {port}}} and port="admin"'
            wrong_type("port", "the name of one of the service's ports", port,
                       hint if type(port) is int else None)  # fmt: skip
    return data


def _timing(every: object, timeout: object, after: object, successes: object, failures: object) -> dict[str, Any]:
    timing: dict[str, Any] = {
        "timeout": expect.duration(timeout, "timeout", positive=True),
        "after": expect.duration(after, "after"),
        "successes": expect.whole(successes, "successes", 1),
        "failures": expect.whole(failures, "failures", 1),
    }
    if every is not None:
        timing["every"] = expect.duration(every, "every", positive=True)
    return timing


def emit_probe(given: object, argument: str) -> Any:
    """Return the data of ``ready=`` or ``live=``."""
    if isinstance(given, Probe):
        return deepcopy(given._data)
    if given is not None:
        hint = None
        if isinstance(given, str):
            hint = f'write {argument}=http("{given}")' if given.startswith("/") else f'{argument}=command("{given}")'
        wrong_type(argument, "http(…), tcp(…), command(…) or log(…)", given, hint)
    return None
