"""From a text to Kubernetes objects; every mistake is told with its line."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Protocol

import yaml

from homeport.config.manifests.texts import Text
from homeport.model.errors import ConfigError, Mistake
from homeport.model.manifests import Said

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """YAML as Kubernetes reads it, which knows no dates."""

    yaml_implicit_resolvers: Final = {
        letter: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for letter, found in _Base.yaml_implicit_resolvers.items()
    }


class Misfit(Protocol):
    """A field of an object that is wrong: the way to it, what is wrong, and what to do next."""

    @property
    def path(self) -> tuple[str | int, ...]:
        """The names and numbers that lead to it."""
        ...

    @property
    def wrong(self) -> str:
        """What is there."""
        ...

    @property
    def hint(self) -> str | None:
        """What to do next."""
        ...


Check = Callable[[dict[str, Any]], Iterable[Misfit]]
"""Tells what is wrong with the fields of an object."""


def unchecked(_: dict[str, Any]) -> tuple[()]:
    """Find nothing: who does not know kinds."""
    return ()


def objects(text: Text, check: Check = unchecked) -> list[Said]:
    """Return the objects of a YAML or JSON text, Lists taken apart.

    Raises ConfigError with the first mistake, or with all that ``check`` tells of.
    """
    mistakes: list[Mistake] = []
    found: list[Said] = []
    try:
        for line, document, node in _documents(text.content):
            for made, at in _flat(document, node, line, text):
                found.append(text.said(made, at.start_mark.line + 1 if at is not None else line))
                mistakes += (text.mistake(f"{called(made)} has {each.wrong}", _line(at, each.path, line),
                                          hint=each.hint) for each in check(made))  # fmt: skip
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark is not None else (None, None)
        what = f"this is no YAML: {error.problem or error.context}"
        raise ConfigError([text.mistake(what, *place)]) from error
    except yaml.YAMLError as error:
        raise ConfigError([text.mistake(f"this is no YAML: {error}", None)]) from error
    if mistakes:
        raise ConfigError(mistakes)
    return found


def called(made: dict[str, Any]) -> str:
    """Return how an object is spoken of."""
    return f'{made["kind"]} "{made["metadata"]["name"]}"'


def _line(node: Any, path: tuple[str | int, ...], otherwise: int) -> int:
    """Return the line of a field; where it is merged from elsewhere, that of whatever is the nearest above it."""
    line = otherwise
    for part in path:
        if isinstance(node, yaml.MappingNode):
            key, node = next((pair for pair in node.value if pair[0].value == part), (None, None))
            line = key.start_mark.line + 1 if key is not None else line
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _documents(text: str) -> Iterator[tuple[int, Any, Any]]:
    """Yield the line on which each document begins that is not empty, with what it is, as data and as nodes."""
    loader = _Loader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            made = loader.construct_document(node)
            if made is not None:
                yield node.start_mark.line + 1, made, node
    finally:
        loader.dispose()


def _flat(made: Any, node: Any, line: int, text: Text) -> Iterator[tuple[dict[str, Any], Any]]:
    """Yield the objects of a document, each with its node."""
    if isinstance(made, list):  # as some generators print several
        for each, at in zip(made, node.value, strict=True):
            yield from _flat(each, at, at.start_mark.line + 1, text)
        return
    wrong = _wrong(made)
    if wrong is not None:
        what, hint = wrong
        raise ConfigError([text.mistake(what, line, hint=hint)])
    if str(made["kind"]).endswith("List") and isinstance(made.get("items"), list):
        below = next((value for key, value in node.value if key.value == "items"), None)
        for index, each in enumerate(made["items"]):
            at = below.value[index] if below is not None else None
            yield from _flat(each, at, at.start_mark.line + 1 if at is not None else line, text)
    else:
        yield made, node


def _wrong(made: Any) -> tuple[str, str] | None:
    """Return what keeps a document from being an object, and what to do."""
    if not isinstance(made, dict):
        return f"a Kubernetes object is a dictionary, not {type(made).__name__}", "begin it with apiVersion: and kind:"
    missing = [name for name in ("apiVersion", "kind") if not isinstance(made.get(name), str)]
    if missing:
        return f"this object has no {missing[0]}", "say what it is: apiVersion: and kind:"
    if made["kind"] == "Kustomization":
        return "this is made by kustomize", 'let it print its objects: run=["kubectl", "kustomize", "…"], inputs=["…"]'
    is_list = made["kind"].endswith("List") and "items" in made
    metadata = made.get("metadata")
    if not is_list and (not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str)):
        return f"this {made['kind']} has no name", "say it: metadata: {name: …}"
    return None
