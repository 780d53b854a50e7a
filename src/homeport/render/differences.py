"""What a function changed in an object, as plain data that can be laid over another rendering of it."""

from collections.abc import Mapping
from typing import Any, Final

_BY: Final = "$by"
_ITEMS: Final = "$items"
_APPEND: Final = "$append"
_KEYS: Final = ("name", "mountPath", "containerPort", "port", "key", "path", "topologyKey", "ip")
"""What members of lists are told apart by in Kubernetes."""


def difference(old: Any, new: Any) -> Any:
    """Return a change with which ``changed(old, change)`` is ``new``.

    It holds as little as possible, so that it means the same for an object whose other parts are different: members of lists
    are spoken of by their names where they have any. A member of a dictionary that is None is taken for absent.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        found = {name: None for name in old if new.get(name) is None}
        for name, value in new.items():
            if value is not None and (name not in old or old[name] != value):
                found[name] = difference(old.get(name), value)
        return found
    if isinstance(old, list) and isinstance(new, list):
        for candidate in (_named(old, new), _appended(old, new)):
            if candidate is not None and changed(old, candidate) == new:
                return candidate
    return new


def changed(ours: Any, change: Any) -> Any:
    """Return ours with a change laid over it: None removes, dictionaries join, and all else replaces."""
    if not isinstance(change, dict):
        return change
    if _APPEND in change:
        return [*(ours if isinstance(ours, list) else []), *change[_APPEND]]
    if _BY in change:
        return _joined(ours if isinstance(ours, list) else [], change[_BY], change[_ITEMS])
    found = dict(ours) if isinstance(ours, dict) else {}
    for name, value in change.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = changed(found.get(name), value)
    return found


def filled(change: Any, values: Mapping[str, str]) -> Any:
    """Return a change with words that stand for values replaced by them."""
    if isinstance(change, str):
        for word, value in values.items():
            change = change.replace(word, value)
        return change
    if isinstance(change, dict):
        return {name: filled(value, values) for name, value in change.items()}
    return [filled(each, values) for each in change] if isinstance(change, list) else change


def _named(old: list[Any], new: list[Any]) -> dict[str, Any] | None:
    for key in _KEYS:
        before, after = _by(old, key), _by(new, key)
        if before is not None and after is not None:
            items = [[value, difference(before.get(value, {}), each)] for value, each in after.items()
                     if before.get(value) != each]  # fmt: skip
            return {_BY: key, _ITEMS: items + [[value, None] for value in before if value not in after]}
    return None


def _by(items: list[Any], key: str) -> dict[Any, Any] | None:
    """Return the members by what tells them apart; None where that does not."""
    found = {each[key]: each for each in items if isinstance(each, dict) and isinstance(each.get(key), str | int)}
    return found if len(found) == len(items) else None


def _appended(old: list[Any], new: list[Any]) -> dict[str, Any] | None:
    return {_APPEND: new[len(old) :]} if old and new[: len(old)] == old else None


def _joined(ours: list[Any], key: str, items: list[list[Any]]) -> list[Any]:
    changes = dict(map(tuple, items))
    found = []
    for each in ours:
        value = each.get(key) if isinstance(each, dict) else None
        if value is None or value not in changes:
            found.append(each)
        elif changes[value] is not None:
            found.append(changed(each, changes[value]))
    known = [each.get(key) for each in ours if isinstance(each, dict)]
    return found + [changed({}, change) for value, change in items if change is not None and value not in known]
