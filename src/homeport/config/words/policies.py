"""Words for what follows when a program ends, and how it is asked to."""

from __future__ import annotations

import signal as signals
from typing import Any, Literal

from homeport.config.words import expect
from homeport.config.words.expect import Duration, Size
from homeport.config.words.mistakes import note, wrong_type
from homeport.config.words.values import need_plain
from homeport.kit.suggest import did_you_mean

Policy = Literal["always", "on-failure", "never"]
_SMALLEST = 64 * 1024


class Restart:
    """What follows when a service ends by itself, made by ``restart()``."""

    __slots__ = ("_data",)

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data


class Stop:
    """How a program is asked to end, made by ``stop()``."""

    __slots__ = ("_data",)

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data


class Keep:
    """How much of a log is kept, made by ``keep()``."""

    __slots__ = ("_data",)

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data


def keep(size: Size = "256Mi", *, age: Duration = "30d") -> Keep:
    """Says how much of a service's log is kept on disk; beyond it the oldest lines go. Each replica has a log of its own.

    Args:
        size: About so many bytes.
        age: No line longer than this.
    """
    return Keep({"size": _log_size(size, "size"), "age": expect.duration(age, "age", positive=True)})


def restart(
    policy: Policy = "always",
    *,
    first: Duration = 0.5,
    longest: Duration = 30.0,
    quiet: Duration = 30.0,
    limit: int | None = None,
) -> Restart:
    """Says what follows when a service ends by itself. Pauses before a new start double from ``first`` to ``longest``.

    Args:
        policy: ``"always"`` start it again, only ``"on-failure"`` (exit code 0 ends it well), or ``"never"``.
        first: The pause after the first crash.
        longest: The longest pause.
        quiet: After a run of this length earlier crashes are forgotten.
        limit: Give up after this many crashes in a row; never when left out.
    """
    data: dict[str, Any] = {
        "policy": expect.one_of(policy, "policy", ("always", "on-failure", "never")),
        "first": expect.duration(first, "first"),
        "longest": expect.duration(longest, "longest"),
        "quiet": expect.duration(quiet, "quiet"),
    }
    if limit is not None:
        data["limit"] = expect.whole(limit, "limit", 1)
    return Restart(data)


def stop(signal: str = "SIGTERM", *, grace: Duration = 10.0) -> Stop:
    """Says how a program is asked to end.

    Args:
        signal: The name of the signal, such as ``"SIGINT"``.
        grace: How long it may take before it is killed.
    """
    name = need_plain(signal, "signal", 'the name of a signal, such as "SIGINT"')
    known = signals.Signals.__members__
    full = name if name.startswith("SIG") else f"SIG{name}"
    if full not in known:
        note(f'signal= has no signal "{name}"', hint=did_you_mean(full, known), argument="signal")
        full = "SIGTERM"
    return Stop({"signal": full, "grace": expect.duration(grace, "grace")})


def emit_keep(given: object) -> Any:
    """Return the data of ``logs=``: a size, or in full."""
    if isinstance(given, Keep):
        return given._data
    if isinstance(given, str | int) and not isinstance(given, bool):
        return {"size": _log_size(given, "logs")}
    wrong_type("logs", 'a size such as "1Gi", or keep(…)', given)
    return {}


def _log_size(given: object, argument: str) -> int:
    count = expect.size(given, argument)
    if 0 < count < _SMALLEST or given == 0:
        note(f"{argument}= must be at least {_SMALLEST // 1024}Ki", argument=argument)
    return max(count, _SMALLEST)


def emit_restart(given: object) -> Any:
    """Return the data of ``restart=``: a policy by name or in full."""
    if isinstance(given, Restart):
        return given._data
    if given in ("always", "on-failure", "never"):
        return {"policy": given}
    wrong_type("restart", '"always", "on-failure", "never" or restart(…)', given)
    return {}


def emit_stop(given: object) -> Any:
    """Return the data of ``stop=``: a signal's name, or in full."""
    if isinstance(given, Stop):
        return given._data
    if isinstance(given, str):
        return stop(given)._data
    wrong_type("stop", 'a signal such as "SIGINT", or stop(…)', given)
    return {}
