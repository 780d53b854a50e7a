"""The word for whatever Kubernetes has and we do not name: fields laid over the rendered objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from homeport.config.words import references
from homeport.config.words.mistakes import note, spell, wrong_type
from homeport.kit.suggest import did_you_mean

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


def emit_patch(given: object) -> dict[str, dict[str, Any]]:
    """Return the data of ``patch=``: fields by kind of object, known now, such as JSON has."""
    if not isinstance(given, Mapping):
        wrong_type("patch", 'a dictionary of kinds and fields: {"Deployment": {"spec": {…}}}', given)
        return {}
    found: dict[str, dict[str, Any]] = {}
    for kind, fields in given.items():
        if kind not in KINDS:
            note(f"patch= has {spell(kind)}, which is no kind of object that is made", argument="patch", literal=kind,
                 hint=did_you_mean(str(kind), KINDS, "there are " + ", ".join(KINDS)))  # fmt: skip
        elif not isinstance(fields, Mapping):
            wrong_type("patch", f'a dictionary of the fields of "{kind}"', fields)
        else:
            found[kind] = _plain(fields, kind)
    return found


def _plain(given: object, at: str) -> Any:
    """Return a piece as JSON has it; notes what is none at its path."""
    if isinstance(given, Mapping):
        return {name: _plain(value, f"{at}.{name}") for name, value in given.items() if _is_text(name, at)}
    if isinstance(given, list | tuple):
        return [_plain(each, f"{at}[{index}]") for index, each in enumerate(given)]
    if given is None or isinstance(given, bool | int | float) or (isinstance(given, str) and _is_text(given, at)):
        return given
    if not isinstance(given, str):
        note(f"patch= ({at}) takes what JSON has, not {spell(given)}", argument="patch",
             hint="texts, numbers, True, False, None, lists and dictionaries")  # fmt: skip
    return None


def _is_text(given: object, at: str) -> bool:
    if isinstance(given, references.Reference) or (isinstance(given, str) and not references.is_plain(given)):
        note(f"patch= ({at}) must be known now, and a reference is not", argument="patch",
             hint="use env= or files= for values that are known later")  # fmt: skip
        return False
    if not isinstance(given, str):
        note(f"patch= ({at}) has {spell(given)} as a name", argument="patch", hint="names of fields are text")
        return False
    return True
