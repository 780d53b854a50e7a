"""The last good configuration: the graph that a house last ran, kept so that a broken file is no reason to stand still.

What is secret in it stands in a file of the secrets' folder; the graph's file holds references to it (``{"kept": 3}``).
Both carry the same random number: a pair of which one half is older is no pair.
"""

import secrets
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from homeport.kit.masking import Mask
from homeport.kit.secrecy import passwords_in, why_secret
from homeport.machine.files import write_whole
from homeport.model.errors import OutsideError, RefusedError
from homeport.model.graph import Graph

FORMAT = 3
"""Raised with every change of the graph's structs that an older Homeport would misread."""
_HINT = "mend the stack file and start it with `homeport up`"
_NAMED = ("env", "headers")
"""Mappings whose keys tell whether their values are secret."""


class _Kept(Struct, frozen=True):
    """The content of the graph's file."""

    format: int
    pair: str = ""
    graph: Any = None


class _Values(Struct, frozen=True):
    """The content of the file of secret values."""

    pair: str
    values: tuple[str, ...]


class LastGood:
    """Keeps a graph in ``file`` and what is secret of it in ``values`` (both 0600, written whole)."""

    def __init__(self, file: Path, values: Path) -> None:
        self._file = file
        self._values = values
        self._known: Graph | None = None

    def keep(self, graph: Graph, secret: Collection[str]) -> None:
        """Keep a graph; nothing is written when it is the kept one. ``secret`` values are not in it wherever they stand.

        Raises OutsideError when it cannot be written.
        """
        graph = replace(graph, notes=())  # what a file prints is of no use later, and may be anything
        if graph == (self._known or self._readable()):
            self._known = graph
            return
        mask = Mask(lambda: secret)
        plain = msgspec.to_builtins(graph)
        hider = _Hider(mask if _is_guilty(plain, mask) else None)
        pair = secrets.token_hex(8)
        content = _Kept(FORMAT, pair, hider.hide(plain))
        write_whole(self._values, msgspec.json.encode(_Values(pair, tuple(hider.values))))
        write_whole(self._file, msgspec.json.format(msgspec.json.encode(content)))
        self._known = graph

    def graph(self) -> Graph | None:
        """Return the kept graph, or None when none was kept. Raises RefusedError when it cannot be understood."""
        data = _read(self._file)
        if data is None:
            return None
        what = "the last good configuration of this stack"
        try:
            known = msgspec.json.decode(data, type=_Kept)
            if known.format != FORMAT:
                raise RefusedError(
                    f"{what} was kept by another Homeport (its format is {known.format}, this one reads {FORMAT})",
                    hint=_HINT,
                )
            values = msgspec.json.decode(_read(self._values) or b"", type=_Values)
            if values.pair != known.pair:
                raise RefusedError(f"{what} is not complete: its secret values are of another time", hint=_HINT)
            return msgspec.convert(_shown(known.graph, values.values), type=Graph)
        except (msgspec.MsgspecError, UnicodeDecodeError, IndexError) as error:
            # The error itself may quote what it met.
            raise RefusedError(f'{what} cannot be read from "{self._file}"', hint=_HINT) from error

    def _readable(self) -> Graph | None:
        try:
            return self.graph()
        except RefusedError:
            return None  # it is about to be replaced


class _Hider:
    """Replaces secret texts by their number among the ``values``."""

    def __init__(self, mask: Mask | None) -> None:
        self._mask = mask
        self.values: list[str] = []

    def hide(self, part: Any, *, secret: bool = False) -> Any:
        """Return the data without secret texts. ``secret``: a name says that every text in it is one."""
        match part:
            case str():
                return self._number(part) if secret or self._is_secret(part) else part
            case list() | tuple():
                return [self.hide(each, secret=secret) for each in part]
            case dict():
                return self._mapping(part, secret=secret)
            case _:
                return part

    def _mapping(self, part: Mapping[str, Any], *, secret: bool) -> dict[str, Any]:
        if part.get("kind") == "ref":
            return dict(part)
        if part.get("kind") == "option" and part.get("default") and why_secret(part["name"], part["default"]):
            return {**part, "default": self._number(part["default"])}
        hidden: dict[str, Any] = {}
        for key, value in part.items():
            if key == "kind":
                hidden[key] = value
            elif key in _NAMED and isinstance(value, dict):
                hidden[key] = {name: self.hide(each, secret=_is_named(name)) for name, each in value.items()}
            else:
                hidden[key] = self.hide(value, secret=secret)
        return hidden

    def _is_secret(self, text: str) -> bool:
        return bool(passwords_in(text)) or (self._mask is not None and self._mask.text(text) != text)

    def _number(self, text: str) -> dict[str, int]:
        self.values.append(text)
        return {"kept": len(self.values) - 1}


def _is_named(name: str) -> bool:
    return why_secret(name, "") is not None


def _is_guilty(plain: Any, mask: Mask) -> bool:
    """Whether a secret stands anywhere in it: to ask once is cheap, to ask for each of many thousand texts is not."""
    data = msgspec.json.encode(plain)
    return b"\\" in data or mask.apply(data) != data


def _shown(part: Any, values: tuple[str, ...]) -> Any:
    """Return the data with the kept values in their places."""
    match part:
        case {"kept": int(number)} if len(part) == 1:
            return values[number]
        case dict():
            return {name: _shown(each, values) for name, each in part.items()}
        case list():
            return [_shown(each, values) for each in part]
        case _:
            return part


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OutsideError(f'"{file}" cannot be read: {error.strerror}', hint="mend its permissions") from error
