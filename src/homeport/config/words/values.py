"""From what users write to the data of a value: text, or text with references inside."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from homeport.config.words import references
from homeport.config.words.mistakes import fail, note, spell, wrong_type
from homeport.config.words.references import Reference

Plain = str | int | float | os.PathLike[str]
"""What may stand in ``env=`` and in an argument list."""

_CHANGED = "a reference was cut or changed on its way into {0}"
_CHANGED_HINT = 'put it into the text as it is: {0}=f"…{{reference}}…", without slicing, repr, escaping or encoding'


def emit(given: str, argument: str, name: str | None = None) -> Any:
    """Return a text as data: a plain one as it is, else its parts."""
    if not isinstance(given, Reference) and references.is_plain(given):
        if "\0" in given:
            note(f"{argument}= has a zero byte in it, which no program can be given", argument=argument, literal=name)
            return ""
        return given
    try:
        parts = references.split(str(given))
    except ValueError:
        note(_CHANGED.format(f"{argument}="), hint=_CHANGED_HINT.format(argument), argument=argument, literal=name)
        return ""
    return {"kind": "text", "parts": [part if isinstance(part, str) else _ref(*part) for part in parts]}


def _ref(node: str, key: str, soft: bool) -> Any:
    return (
        {"kind": "ref", "node": node, "key": key, "soft": soft} if soft else {"kind": "ref", "node": node, "key": key}
    )


def emit_plain(given: object, argument: str, name: str | None = None) -> Any:
    """Return any permitted plain value as data; numbers as their decimal text."""
    if isinstance(given, str):
        return emit(given, argument, name)
    called = f'{argument}= ("{name}")' if name else f"{argument}="
    if isinstance(given, bool):
        note(f"{called} has the value {given}, which has no text of its own", argument=argument, literal=name,
             hint='write the text that the program expects, such as "1" or "true"')  # fmt: skip
    elif isinstance(given, int | float):
        return str(given)
    elif isinstance(given, os.PathLike):
        path = os.fspath(given)
        if references.is_plain(path):
            return path
        note(_CHANGED.format(called), hint='a path swallows slashes: write f"{reference}/…" instead', argument=argument)
    else:
        note(f"{called} takes text, a number, a path or a reference, not {spell(given)}",
             hint=_hint_for(given), argument=argument, literal=name)  # fmt: skip
    return ""


def _hint_for(given: object) -> str | None:
    if hasattr(type(given), "url"):
        return "use one of its references, such as .url or .address"
    if callable(given):
        return "call it"
    return None


def emit_texts(given: object, argument: str) -> dict[str, Any]:
    """Return the data of a dictionary of names and plain values, such as ``env=``."""
    if not isinstance(given, Mapping):
        wrong_type(argument, "a dictionary of names and values", given)
        return {}
    found: dict[str, Any] = {}
    for name, value in given.items():
        if not isinstance(name, str) or not name or "=" in name or not references.is_plain(name):
            note(f"{argument}= has {spell(name)} as a name", hint="a name is text without =", argument=argument)
            continue
        found[name] = emit_plain(value, argument, name)
    return found


def emit_command(given: object, argument: str = "run") -> Any:
    """Return the data of a command: a list is a program and its arguments, text is for the shell."""
    if isinstance(given, str):
        if not isinstance(given, Reference) and not given.strip():
            note(f"{argument}= is empty", hint=f'give a command: {argument}=["python", "main.py"]', argument=argument)
        return {"kind": "shell", "text": emit(given, argument)}
    if isinstance(given, Sequence) and not isinstance(given, bytes):
        if not given:
            note(f"{argument}= is empty", hint=f'give a command: {argument}=["python", "main.py"]', argument=argument)
        return {"kind": "exec", "argv": [emit_plain(each, argument) for each in given]}
    wrong_type(argument, "a list (a program and its arguments) or text (for the shell)", given)
    return {"kind": "shell", "text": ""}


def need_plain(given: object, argument: str, expected: str = "text") -> str:
    """Return a text that must be known now. Ends the evaluation for a reference, whose value is not."""
    if isinstance(given, Reference) or (isinstance(given, str) and not references.is_plain(given)):
        fail(f"{argument}= must be known now, and a reference is not", argument=argument)
    if not isinstance(given, str):
        wrong_type(argument, expected, given)
        return ""
    return given


def bind_own_port(data: Any, first: str | None, argument: str) -> None:
    """Let ``this.port()`` inside a piece of data mean the first port of its service, in place."""
    if isinstance(data, dict):
        if data.get("kind") == "ref":
            if data["key"] == "port:" and not data["node"]:
                if first is None:
                    note("this.port() has no port to speak of", hint="give the service a port=", argument=argument)
                data["key"] = f"port:{first}" if first is not None else "host"
            return
        data = list(data.values())
    if isinstance(data, list):
        for each in data:
            if isinstance(each, dict | list):
                bind_own_port(each, first, argument)


def uses_own_data(data: Any) -> bool:
    """Whether a piece of data refers to ``this.data``."""
    if isinstance(data, dict):
        if data.get("kind") == "ref":
            return data["key"] == "data" and not data["node"]
        data = list(data.values())
    return isinstance(data, list) and any(isinstance(each, dict | list) and uses_own_data(each) for each in data)
