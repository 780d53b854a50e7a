"""Running the functions of ``patch=``, in a second evaluation of the file, which is given the objects."""

from __future__ import annotations

from typing import Any, TypeGuard

from homeport.config.words.failures import note_exception
from homeport.config.words.mistakes import noted
from homeport.config.words.patches import Change, as_json, functions

Object = dict[str, Any]


def run(shown: dict[str, list[Object]]) -> dict[str, list[Object]]:
    """Return the objects of each node as its functions leave them; notes every mistake at the function's line."""
    return {name: _patched(name, objects) for name, objects in shown.items()}


def _patched(name: str, objects: list[Object]) -> list[Object]:
    said = functions.get(name, {})
    found = list(objects)
    for address, (function, at) in sorted(said.items(), key=lambda pair: (pair[0] != "", "/" in pair[0])):
        for index in _meant(objects, address):
            found[index] = _called(function, found[index], name, at)
    return found


def _meant(objects: list[Object], address: str) -> list[int]:
    kind, _, name = address.partition("/")
    fits = [index for index, each in enumerate(objects)
            if not kind or (each["kind"] == kind and name in ("", each["metadata"]["name"]))]  # fmt: skip
    return fits if not kind else fits[:1]


def _called(function: Change, made: Object, node: str, at: dict[str, object]) -> Object:
    before = len(noted)
    given = as_json(made, made["kind"])  # a copy: what is returned wins over what was changed on the way
    try:
        returned = function(given)
    except BaseException as error:  # whatever the function raises is told as a mistake of the file
        note_exception(error)
        if (noted[-1]["hint"] or "").startswith("mend the line"):
            noted[-1]["hint"] = f'mend the line: it gets the {made["kind"]} of "{node}" as a dictionary'
        return made
    found = as_json(given if returned is None else returned, made["kind"])
    for each in noted[before:]:  # nobody's line is being run now: the one that names the function is meant
        each.update({**at, "span": None})
    if _is_same(made, found):
        return found if len(noted) == before else made
    what = f'patch= of "{node}" takes a {made["kind"]} and returns something else, or gives it another name'
    hint = "change the object that it gets, or return one of the same kind and name"
    noted.append({"what": what, "hint": hint, "argument": "patch", **at})
    return made


def _is_same(made: Object, found: Any) -> TypeGuard[Object]:
    """Whether an object is still the same one: what it is and what it is called are ours to say."""
    if not isinstance(found, dict) or not isinstance(found.get("metadata"), dict):
        return False
    names = ("name", "namespace")
    return all(found.get(each) == made[each] for each in ("kind", "apiVersion")) and all(
        found["metadata"].get(each) == made["metadata"].get(each) for each in names
    )
