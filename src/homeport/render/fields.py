"""Which fields an object may have, and what they take, as far as ``lightkube.models`` know its kind."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from importlib import import_module
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import msgspec

from homeport.kit.suggest import did_you_mean
from homeport.render.plain import Object

_TEXTS: Final = frozenset(
    {"annotations", "binaryData", "data", "labels", "matchLabels", "nodeSelector", "selector", "stringData"}
)
"""Dictionaries whose members are texts, which the models do not say."""
_TAKES: Final = {
    bool: "True or False",
    int: "a whole number",
    str: "text",
    float: "a number",
    dict: "a dictionary",
    list: "a list",
}
_NEWER: Final = "leave it out; the fields of a newer Kubernetes come with `pip install --upgrade lightkube-models`"


class Unfit(msgspec.Struct, frozen=True):
    """One field that is wrong: the ``name`` of it, what is ``wrong``, and what to do next."""

    name: str
    wrong: str
    hint: str | None = None


def unfit(made: Object) -> Iterator[Unfit]:
    """Yield every field that the kind of an object does not have, or that has what it does not take. Unknown kinds have none."""
    model = _model(str(made["apiVersion"]), str(made["kind"]))
    if model is not None:
        yield from _looked(made, model, str(made["kind"]), "")


def _model(version: str, kind: str) -> type | None:
    group, _, number = version.rpartition("/")
    try:
        found = getattr(import_module(f"lightkube.models.{group.partition('.')[0] or 'core'}_{number}"), kind, None)
    except ImportError:
        return None
    return found if isinstance(found, type) else None


@lru_cache(maxsize=256)
def _known(model: type) -> dict[str, tuple[Any, bool]]:
    """Return the fields of a model as JSON names them: what each takes, and whether it must be there."""
    hints = get_type_hints(model)
    if is_dataclass(model):  # of lightkube itself, where that is installed
        return {each.metadata.get("json", each.name): (hints[each.name], False) for each in fields(model)}
    info = msgspec.structs.fields(model)
    return {each.encode_name: (hints[each.name], each.required) for each in info}


def _looked(given: Any, takes: Any, at: str, name: str) -> Iterator[Unfit]:
    if given is None:  # absent, for Kubernetes
        return
    allowed = [each for each in get_args(takes) if each is not NoneType] if _is_union(takes) else [takes]
    kinds = tuple(get_origin(each) or each for each in allowed)
    if _is_model(kinds[0]):
        yield from _in_model(given, kinds[0], at, name)
    elif not _fits(given, kinds, name):
        yield Unfit(name, f"{_spelled(given)} as {at}, which takes {_takes(kinds)}", _explained(at))
    elif isinstance(given, list):
        for index, each in enumerate(given):
            yield from _looked(each, get_args(allowed[0])[0], f"{at}[{index}]", name)
    elif isinstance(given, dict) and name in _TEXTS:
        for key, value in given.items():
            if not isinstance(value, str) and value is not None:
                yield Unfit(
                    key, f'{_spelled(value)} as "{key}" in {at}, which takes text', f'write it as text: "{value}"'
                )


def _in_model(given: Any, model: type, at: str, name: str) -> Iterator[Unfit]:
    if not isinstance(given, dict):
        yield Unfit(name, f"{_spelled(given)} as {at}, which takes a dictionary", _explained(at))
        return
    known = _known(model)
    for key, value in given.items():
        if key in known:
            yield from _looked(value, known[key][0], f"{at}.{key}", key)
        else:
            yield Unfit(key, f'"{key}" in {at}, where there is no such field', did_you_mean(key, known, _NEWER))
    for key in (key for key, (_, demanded) in known.items() if demanded and given.get(key) is None):
        yield Unfit(name, f'no "{key}" in {at}, which it needs', "add it, or leave ours as it is")


def _is_union(takes: Any) -> bool:
    return get_origin(takes) in (Union, UnionType)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__module__.startswith("lightkube.models.")


def _fits(given: Any, kinds: tuple[Any, ...], name: str) -> bool:
    if isinstance(given, bool):
        return bool in kinds
    if isinstance(given, int | float) and name in ("sizeLimit", "quantity", "divisor"):
        return True  # quantities are texts for the models, and Kubernetes takes numbers too
    taken = tuple(str if _is_time(each) else each for each in kinds if isinstance(each, type))
    return not taken or isinstance(given, taken)


def _takes(kinds: tuple[Any, ...]) -> str:
    return " or ".join("a time as text" if _is_time(each) else _TAKES.get(each, str(each)) for each in kinds)


def _is_time(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__module__ == "datetime"  # by name, for decisions know no clock


def _explained(at: str) -> str:
    kind, _, path = re.sub(r"\[\d+\]", "", at).partition(".")
    return f"`kubectl explain {kind.lower()}{'.' * bool(path)}{path}` says more"


def _spelled(given: Any) -> str:
    if isinstance(given, Mapping | list):
        return "a dictionary" if isinstance(given, Mapping) else "a list"
    return f'the text "{given}"' if isinstance(given, str) else f"{given}"
