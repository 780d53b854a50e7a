"""Which fields an object may have, and what they take, as far as ``lightkube.models`` know its kind."""

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
_NEWER: Final = "(the fields of a newer Kubernetes come with `pip install --upgrade lightkube-models`)"
_OWN: Final = ".k8s.io"
"""How the groups of Kubernetes itself end, if they have a dot at all."""


class Unfit(msgspec.Struct, frozen=True):
    """One field that is wrong: the way to it, what is ``wrong``, and what to do next.

    ``sure``: no Kubernetes of this age takes it, whatever the models simplify.
    """

    path: tuple[str | int, ...]
    wrong: str
    hint: str | None = None
    sure: bool = False

    @property
    def name(self) -> str:
        """What the field is called."""
        return next((each for each in reversed(self.path) if isinstance(each, str)), "")


def unfit(made: Object) -> Iterator[Unfit]:
    """Yield every field that the kind of an object does not have, or that has what it does not take. Unknown kinds have none."""
    model = _model(str(made["apiVersion"]), str(made["kind"]))
    if model is not None:
        yield from _looked(made, model, _Place(str(made["kind"])))


def misspelt(made: Object) -> Iterator[Unfit]:
    """Yield the fields that certainly are wrong, in an object that we did not make: which are not there, or must be text."""
    return (each for each in unfit(made) if each.sure)


class _Place(msgspec.Struct, frozen=True):
    """Where in an object of a kind somebody looks."""

    kind: str
    path: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        return self.kind + "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in self.path)

    @property
    def name(self) -> str:
        return str(self.path[-1]) if self.path else self.kind

    def below(self, part: str | int) -> "_Place":
        return _Place(self.kind, (*self.path, part))

    def explained(self) -> str:
        words = [self.kind.lower(), *(each for each in self.path if isinstance(each, str))]
        return f"`kubectl explain {'.'.join(words)}` says more"


def _model(version: str, kind: str) -> type | None:
    group, _, number = version.rpartition("/")
    if "." in group and not group.endswith(_OWN):
        return None
    try:
        found = getattr(import_module(f"lightkube.models.{group.partition('.')[0] or 'core'}_{number}"), kind, None)
    except ImportError:
        return None
    return found if isinstance(found, type) else None


@lru_cache(maxsize=256)
def _known(model: type) -> dict[str, tuple[Any, bool]]:
    """Return the fields of a model as JSON names them: what each takes, and whether it must be there."""
    said = {
        name: hint for base in reversed(model.__mro__) for name, hint in getattr(base, "__annotations__", {}).items()
    }
    # Quantities are texts for the models, and Kubernetes takes numbers too.
    hints = {name: int | float | str if "Quantity" in str(said.get(name)) else hint
             for name, hint in get_type_hints(model).items()}  # fmt: skip
    if is_dataclass(model):  # of lightkube itself, where that is installed
        return {each.metadata.get("json", each.name): (hints[each.name], False) for each in fields(model)}
    info = msgspec.structs.fields(model)
    return {each.encode_name: (hints[each.name], each.required) for each in info}


def _looked(given: Any, takes: Any, at: _Place) -> Iterator[Unfit]:
    if given is None:  # absent, for Kubernetes
        return
    allowed = [each for each in get_args(takes) if each is not NoneType] if _is_union(takes) else [takes]
    kinds = tuple(get_origin(each) or each for each in allowed)
    if _is_model(kinds[0]):
        yield from _in_model(given, kinds[0], at)
    elif not _fits(given, kinds):
        yield Unfit(at.path, f"{_spelled(given)} as {at}, which takes {_takes(kinds)}", at.explained())
    elif isinstance(given, list):
        of = next(iter(get_args(allowed[0])), Any)
        for index, each in enumerate(given):
            yield from _looked(each, of, at.below(index))
    elif isinstance(given, dict) and at.name in _TEXTS and kinds == (dict,):
        yield from _in_texts(given, at)


def _in_texts(given: dict[Any, Any], at: _Place) -> Iterator[Unfit]:
    for key, value in given.items():
        if isinstance(value, str) or value is None:
            continue
        said = str(value).lower() if isinstance(value, bool) else value
        found, hint = _spelled(value), f'write it as text: "{said}"'
        if at.kind == "Secret":  # no value of which is told
            found, hint = "no text", "put quotes around it"
        yield Unfit((*at.path, str(key)), f'{found} as "{key}" in {at}, which takes text', hint, sure=True)


def _in_model(given: Any, model: type, at: _Place) -> Iterator[Unfit]:
    if not isinstance(given, dict):
        yield Unfit(at.path, f"{_spelled(given)} as {at}, which takes a dictionary", at.explained())
        return
    known = _known(model)
    for key, value in given.items():
        if key in known:
            yield from _looked(value, known[key][0], at.below(key))
        else:
            what = f'"{key}" in {at}, where there is no such field'
            hint = did_you_mean(str(key), known) or "leave it out"
            yield Unfit((*at.path, str(key)), what, f"{hint} {_NEWER}", sure=True)
    for key in (key for key, (_, demanded) in known.items() if demanded and given.get(key) is None):
        yield Unfit(at.path, f'no "{key}" in {at}, which it needs', "add it, or leave ours as it is")


def _is_union(takes: Any) -> bool:
    return get_origin(takes) in (Union, UnionType)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__module__.startswith("lightkube.models.")


def _fits(given: Any, kinds: tuple[Any, ...]) -> bool:
    if Any in kinds:
        return True
    if isinstance(given, bool):
        return bool in kinds
    taken = tuple(str if _is_time(each) else each for each in kinds if isinstance(each, type))
    return not taken or isinstance(given, taken)


def _takes(kinds: tuple[Any, ...]) -> str:
    return " or ".join("a time as text" if _is_time(each) else _TAKES.get(each, str(each)) for each in kinds)


def _is_time(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__module__ == "datetime"  # by name, for decisions know no clock


def _spelled(given: Any) -> str:
    if isinstance(given, Mapping | list):
        return "a dictionary" if isinstance(given, Mapping) else "a list"
    return f'the text "{given}"' if isinstance(given, str) else f"{given}"
