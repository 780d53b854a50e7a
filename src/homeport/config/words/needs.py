"""Words for what must be in order before something starts."""

from __future__ import annotations

from typing import Any

from homeport.config.words import expect
from homeport.config.words.component import Component
from homeport.config.words.handles import Handle
from homeport.config.words.manifests import Manifests
from homeport.config.words.mistakes import note, spell
from homeport.config.words.services import Service
from homeport.config.words.tasks import Task
from homeport.config.words.values import need_plain


class Need:
    """What must be in order first, made by ``ready()``, ``started()`` or ``completed()``."""

    __slots__ = ("_data",)

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data


Needed = str | Service | Task | Component | Manifests | Need
"""A service, a task or a component, its name, or how it is needed."""


def ready(needed: str | Handle, *, cascade: bool = False) -> Need:
    """Waits until a service is ready, or a task has succeeded. What ``needs=[api]`` means without a word.

    Args:
        needed: The service or task, or its name.
        cascade: Restart who needs it whenever it was replaced by a new run.
    """
    return _need(needed, "ready", cascade)


def started(needed: str | Handle, *, cascade: bool = False) -> Need:
    """Waits only until a service has been started.

    Args:
        needed: The service or task, or its name.
        cascade: Restart who needs it whenever it was replaced by a new run.
    """
    return _need(needed, "started", cascade)


def completed(needed: str | Handle, *, cascade: bool = False) -> Need:
    """Waits until a program has ended well.

    Args:
        needed: The task (or a service that ends), or its name.
        cascade: Restart who needs it whenever it has run again.
    """
    return _need(needed, "completed", cascade)


def _need(needed: object, condition: str, cascade: object) -> Need:
    name = _name(needed, "needed")
    data: dict[str, Any] = {"name": name, "condition": condition}
    if expect.flag(cascade, "cascade"):
        data["cascade"] = True
    return Need(data)


def _name(needed: object, argument: str) -> str:
    if isinstance(needed, Handle):
        return needed._name
    if isinstance(needed, str):
        return need_plain(needed, argument)
    note(
        f"{argument}= takes services and tasks (or their names), not {spell(needed)}",
        hint="a reference in env= or run= makes its need by itself",
        argument=argument,
    )
    return ""


def emit_needs(given: object) -> list[dict[str, Any]]:
    """Return the data of ``needs=``."""
    found: dict[str, dict[str, Any]] = {}
    for each in expect.items(given, "needs", "services and tasks", (str, Handle, Need)):
        data = each._data if isinstance(each, Need) else {"name": _name(each, "needs")}
        if data["name"]:
            found[data["name"]] = data
    return list(found.values())
