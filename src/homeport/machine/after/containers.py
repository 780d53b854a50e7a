"""Containers that a killed house left: known by what it noted down, whose engine is asked and nobody else.

Who killed the guardian too left them running. The engine may be gone by now, for good or until somebody starts it: then the
note stays for the next look, and nothing waits for it.
"""

import json
from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from homeport.guardian import removing
from homeport.machine.after.ledger import Account
from homeport.ports.containers import Promise

ANSWER: Final = 5.0
"""Seconds in which an engine must tell whether there is such a container."""

GRACE: Final = 3.0
"""Seconds for a clean stop, as a guardian gives them."""

_PLACE: Final = "homeport.dev/service"


class Left(Struct, frozen=True):
    """A container that is still there, and the ``place`` that it ran for."""

    promise: Promise
    place: str


class Unknown(Struct, frozen=True):
    """A container of which nobody can tell whether it is still there, because its engine does not answer."""

    promise: Promise
    why: str


def look(known: Iterable[Account]) -> list[Left | Unknown]:
    """Return what may be left of the containers of dead houses (blocking)."""
    silent: dict[str, str] = {}
    found = [_seen(promise, silent) for account in known for promise in account.containers]
    return [one for one in found if one is not None]


def remove(found: Iterable[Left | Unknown], say: Callable[[str], None]) -> set[str]:
    """End and remove containers (blocking); return the names of those that may still be there."""
    left = [one for one in found if isinstance(one, Left)]
    unknown = {one.promise.name: one for one in found if isinstance(one, Unknown)}
    removals = [(one, removing.Removal(_as_told(one.promise), GRACE).begin()) for one in left]
    for one, removal in removals:
        if not removal.removed():
            unknown[one.promise.name] = Unknown(one.promise, removal.why)
    if unknown:
        reasons = ", ".join(sorted({f"{one.promise.address}: {one.why}" for one in unknown.values()}))
        say(
            f"containers of an earlier run may be left ({', '.join(sorted(unknown))}); their engine does not help: {reasons}"
        )
    return set(unknown)


def _seen(promise: Promise, silent: dict[str, str]) -> Left | Unknown | None:
    """Ask whether a container is there; an engine that was ``silent`` once is not waited for again."""
    if promise.address in silent:
        return Unknown(promise, silent[promise.address])
    try:
        status, body = removing.ask(_as_told(promise), "GET", f"/containers/{promise.name}/json", ANSWER)
    except OSError as error:
        silent[promise.address] = str(error.strerror or error).lower()
        return Unknown(promise, silent[promise.address])
    if status == 404:
        return None
    try:
        place = str(json.loads(body)["Config"]["Labels"][_PLACE])
    except (ValueError, KeyError, TypeError):
        place = ""
    return Left(promise, place or promise.name)


def _as_told(promise: Promise) -> removing.Promise:
    # Its house is long dead: what is not there by now will never be.
    return removing.Promise(promise.name, promise.address, promise.certificates, promise.stop, promise.grace, sure=True)
