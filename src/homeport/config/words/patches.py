"""The word for whatever Kubernetes has and we do not name: ``patch=``, fields laid over the rendered objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from homeport.config.words import places, references
from homeport.config.words.mistakes import note, spell, wrong_type
from homeport.kit.suggest import did_you_mean


class Typed(Protocol):
    """An object of ``lightkube.models`` or ``lightkube.resources``, which a project may have."""

    def to_dict(self) -> Any:
        """Return it as plain data."""
        ...


Change = Callable[[dict[str, Any]], Mapping[str, Any] | Typed | None]
"""A function that gets an object as a dictionary, and changes it or returns another one."""
Patch = Mapping[str, Mapping[str, Any] | Typed | Change] | Change
"""What is laid over objects, by kind (``"Deployment"``) or kind and name (``"Service/db-pods"``); or a function for all."""

KINDS: Final = (
    "ConfigMap",
    "Deployment",
    "Job",
    "PersistentVolumeClaim",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
)
"""The kinds of objects that a service or task becomes."""

functions: dict[str, dict[str, tuple[Change, dict[str, object]]]] = {}
"""What each service or task patches by functions, by address (empty: every object), and where the file says so."""


def emit_patch(given: object) -> dict[str, Any]:
    """Return the data of ``patch=``: fields by address, known now, such as JSON has; and the addresses of functions."""
    if callable(given):
        return {"functions": [""]}
    if not isinstance(given, Mapping):
        wrong_type("patch", 'a function, or a dictionary of kinds and fields: {"Deployment": {"spec": {…}}}', given)
        return {}
    found: dict[str, Any] = {"patch": {}, "functions": []}
    for address, fields in given.items():
        kind, slash, name = str(address).partition("/")
        if kind not in KINDS or (slash and not name):
            note(f"patch= has {spell(address)}, which is no kind of object that is made", argument="patch",
                 literal=address, hint=did_you_mean(kind, KINDS, "there are " + ", ".join(KINDS)))  # fmt: skip
        elif isinstance(fields, Mapping) or is_typed(fields):
            found["patch"][address] = as_json(fields, str(address))
        elif callable(fields):
            found["functions"].append(address)
        else:
            note(f'patch= takes a dictionary of the fields of "{address}", or a function, not {spell(fields)}',
                 argument="patch", literal=address, hint=f'such as {{"{address}": {{"metadata": {{…}}}}}}')  # fmt: skip
    return found


def remember(name: str, given: object) -> None:
    """Keep the functions of a service or task for when its objects are known."""
    by_address: Mapping[Any, Any] = given if isinstance(given, Mapping) else {"": given}
    found = {address: (each, places.here()) for address, each in by_address.items()
             if callable(each) and not is_typed(each)}  # fmt: skip
    if found:
        functions[name] = found


def as_json(given: object, at: str, argument: str = "patch") -> Any:
    """Return a piece as JSON has it; notes what is none at its path."""
    if is_typed(given):
        given = given.to_dict()  # type: ignore[attr-defined]
    if isinstance(given, Mapping):
        return {
            name: as_json(value, f"{at}.{name}", argument)
            for name, value in given.items()
            if _is_text(name, at, argument)
        }
    if isinstance(given, list | tuple):
        return [as_json(each, f"{at}[{index}]", argument) for index, each in enumerate(given)]
    if (
        given is None
        or isinstance(given, bool | int | float)
        or (isinstance(given, str) and _is_text(given, at, argument))
    ):
        return given
    if not isinstance(given, str):
        note(f"{argument}= ({at}) takes what JSON has, not {spell(given)}", argument=argument,
             hint="texts, numbers, True, False, None, lists and dictionaries")  # fmt: skip
    return None


def is_typed(given: object) -> bool:
    """Whether it is an object of lightkube, or one like it."""
    return not isinstance(given, type) and callable(getattr(given, "to_dict", None))


def _is_text(given: object, at: str, argument: str) -> bool:
    if isinstance(given, references.Reference) or (isinstance(given, str) and not references.is_plain(given)):
        note(f"{argument}= ({at}) must be known now, and a reference is not", argument=argument,
             hint="use env= or files= for values that are known later")  # fmt: skip
        return False
    if not isinstance(given, str):
        note(f"{argument}= ({at}) has {spell(given)} as a name", argument=argument, hint="names of fields are text")
        return False
    return True
