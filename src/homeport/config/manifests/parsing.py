"""From a text to Kubernetes objects; every mistake is told with its line."""

from collections.abc import Iterator
from typing import Any, Final

import yaml

from homeport.model.errors import ConfigError, Mistake

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """YAML as Kubernetes reads it, which knows no dates."""

    yaml_implicit_resolvers: Final = {
        letter: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for letter, found in _Base.yaml_implicit_resolvers.items()
    }


def objects(text: str, file: str) -> list[dict[str, Any]]:
    """Return the objects of a YAML or JSON text, Lists taken apart. ``file`` is where it is from.

    Raises ConfigError with the first mistake.
    """
    try:
        return [each for line, document in _documents(text) for each in _flat(document, file, line, text)]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = (mark.line + 1, mark.column + 1) if mark is not None else (None, None)
        what = f"this is no YAML: {error.problem or error.context}"
        raise ConfigError([_mistake(what, file, text, *at)]) from error
    except yaml.YAMLError as error:
        raise ConfigError([_mistake(f"this is no YAML: {error}", file, text, None)]) from error


def _documents(text: str) -> Iterator[tuple[int, Any]]:
    """Yield each document that is not empty with the line on which it begins."""
    loader = _Loader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            made = loader.construct_document(node)
            if made is not None:
                yield node.start_mark.line + 1, made
    finally:
        loader.dispose()


def _flat(made: Any, file: str, line: int, text: str) -> Iterator[dict[str, Any]]:
    if isinstance(made, list):  # as some generators print several
        for each in made:
            yield from _flat(each, file, line, text)
        return
    wrong = _wrong(made)
    if wrong is not None:
        what, hint = wrong
        raise ConfigError([_mistake(what, file, text, line, hint=hint)])
    if str(made["kind"]).endswith("List") and isinstance(made.get("items"), list):
        for each in made["items"]:
            yield from _flat(each, file, line, text)
    else:
        yield made


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


def _mistake(
    what: str, file: str, text: str, line: int | None, column: int | None = None, hint: str | None = None
) -> Mistake:
    lines = text.splitlines()
    source = lines[line - 1] if line is not None and 0 < line <= len(lines) else None
    secret = "kind: Secret" in text  # no line of a file with secrets is shown
    return Mistake(what, file, line, column, source=None if secret else source, hint=hint or "mend the line")
