"""Secret values and settings of one instance: read, found or made once, told to nobody but who needs them."""

import secrets as random
import threading
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Literal

from homeport.kit import dotenv
from homeport.kit.filenames import file_name, name_in
from homeport.kit.secrecy import is_weak, names_of, why_secret
from homeport.machine.files import write_new, write_whole
from homeport.machine.secrets.generate import generate
from homeport.model.errors import OutsideError
from homeport.model.facts import Known
from homeport.model.hiding import Hiding
from homeport.model.nodes import EnvFile, Secret, Source
from homeport.ports.vault import Hidden


class _Unknown(Exception):
    """A value cannot be had: a sentence and a hint."""


class DiskVault:
    """Keeps the promises of ``Vault``.

    ``root``: what relative paths of files start from. ``folder``: the instance's own, for generated values and the salt of
    digests. ``runtime``: for files that hold values from the environment, gone with the session. ``environ``: the
    environment that ``environ=`` sources and ``${NAME}`` in ``.env`` files mean.
    """

    def __init__(self, *, root: Path, folder: Path, runtime: Path, environ: Mapping[str, str]) -> None:
        self._root = root
        self._folder = folder
        self._runtime = runtime
        self._environ = environ
        self._lock = threading.Lock()
        self._values: dict[str, dict[str, str]] = {}
        self._paths: dict[str, dict[str, str]] = {}
        self._hidden: dict[str, tuple[Hidden, ...]] = {}
        self._besides: tuple[Hiding, ...] = ()
        self._named: dict[str, str] = {}
        self._masked: frozenset[str] = frozenset()

    def load(self, node: Secret | EnvFile, identity: str) -> Known:
        """Read, find or make all values of a node (blocking; run it in a thread) and tell their digests, or the error."""
        with self._lock:
            try:
                values, paths = self._secret(node) if isinstance(node, Secret) else (self._env_file(node), {})
                digests = {name: self._digest(value) for name, value in values.items()}
            except _Unknown as error:
                what, hint = error.args
                return Known(identity, error=what, hint=hint)
            except OutsideError as error:
                return Known(identity, error=error.what, hint=error.hint)
            self._values[node.name] = values
            self._paths[node.name] = paths
            self._hidden[node.name] = tuple(_hidden(node, values))
            self._name_all()
            return Known(identity, digests=digests, paths=paths)

    def value(self, node: str, key: str) -> str:
        """Return a loaded value. ``key`` is ``value``, ``value:NAME`` or ``path:NAME`` (a 0600 file that holds it).

        Raises OutsideError when it was not loaded.
        """
        kind, _, name = key.partition(":")
        name = name or "value"
        try:
            value = self._values[node][name]
        except KeyError:
            raise OutsideError(f'"{node}" has no value "{name}" (yet)', hint=f"see `homeport why {node}`") from None
        return self._path(node, name, value) if kind == "path" else value

    def all_of(self, node: str) -> dict[str, str]:
        """Return every loaded value of a ``.env`` file or secret by name."""
        return dict(self._values.get(node, {}))

    def secrets(self) -> frozenset[str]:
        """Return every loaded value that must be masked (long and uncommon enough): the same object while unchanged."""
        return self._masked

    def named(self) -> Mapping[str, str]:
        """Return the values that must be masked with the names to show instead: the same object while unchanged."""
        return self._named

    def hide(self, found: Iterable[Hiding]) -> None:
        """Mask these as well, instead of those of the last call: options, literals, variables of the shell."""
        with self._lock:
            self._besides = tuple(found)
            self._name_all()

    def hidden(self) -> list[Hidden]:
        """Return what is treated as secret and why, weak ones included, without values."""
        loaded = [hidden for found in self._hidden.values() for hidden in found]
        besides = (Hidden(one.node, one.name, one.why, is_weak(one.value)) for one in self._besides)
        return list(dict.fromkeys((*loaded, *besides)))

    def _name_all(self) -> None:
        loaded = ((self._values[node][one.name], node, one.name) for node, all_ in self._hidden.items() for one in all_)
        named = names_of((*loaded, *((one.value, one.node, one.name) for one in self._besides)))
        if not named.items() <= self._named.items():
            # A value that once was one may still be printed by what was started with it.
            self._named = {**self._named, **named}
            self._masked = frozenset(self._named)

    def _secret(self, node: Secret) -> tuple[dict[str, str], dict[str, str]]:
        values: dict[str, str] = {}
        paths: dict[str, str] = {}
        for name, source in node.entries.items():
            value, path = self._entry(node, name, source)
            values[name] = value
            paths[name] = path or self._written(node.name, name, value)
        return values, paths

    def _entry(self, node: Secret, name: str, source: Source) -> tuple[str, str | None]:
        """Return a value and the file it lives in, when there is one: the environment first, then the file, then made."""
        shown = node.name if name == "value" else f"{node.name}.{name}"
        if source.environ is not None and source.environ in self._environ:
            return self._environ[source.environ], None
        if source.file is None and source.generate is None:
            raise _Unknown(
                f'the secret "{shown}" is read from the environment variable {source.environ}, which is not set',
                f"set {source.environ} before `homeport up`, or give the secret a file or a generator",
            )
        path = self._root / source.file if source.file is not None else self._own(self._folder, node.name, name)
        if source.generate is not None and not path.exists():
            self._make(path, source.generate, source.length, shown)
        return _content(path, f'the secret "{shown}"'), str(path)

    def _make(self, path: Path, kind: Literal["password", "es256"], length: int, shown: str) -> None:
        try:
            write_new(path, generate(kind, length).encode())
        except OutsideError as error:
            raise _Unknown(f'the secret "{shown}" cannot be made: {error.what}', error.hint) from error

    def _env_file(self, node: EnvFile) -> dict[str, str]:
        path = self._root / node.path
        try:
            return dotenv.parse(path.read_bytes(), self._environ)
        except FileNotFoundError:
            if node.optional:
                return {}
            raise _Unknown(
                f'there is no file "{path}" for "{node.name}"', "create it, or say optional=True where it is declared"
            ) from None
        except dotenv.Unreadable as error:
            raise _Unknown(
                f'"{path}" cannot be read: line {error.line}, column {error.column}: {error.what}',
                "write one NAME=value per line, in UTF-8",
            ) from None
        except OSError as error:
            raise _Unknown(f'"{path}" cannot be read: {error.strerror}', "mend its permissions") from error

    def _path(self, node: str, name: str, value: str) -> str:
        with self._lock:
            known = self._paths[node].get(name)
            return known or self._paths[node].setdefault(name, self._written(node, name, value))

    def _written(self, node: str, name: str, value: str) -> str:
        """Return a private file that holds a value; it does not outlive the session."""
        path = self._own(self._runtime, node, name)
        write_whole(path, value.encode("utf-8", "surrogateescape"))
        return str(path)

    def _own(self, folder: Path, node: str, name: str) -> Path:
        return folder / file_name(node) / file_name(name)

    def _digest(self, value: str) -> str:
        salt = self._folder / ".salt"
        if not salt.exists():
            write_new(salt, random.token_bytes(32))
        try:
            key = salt.read_bytes()[:64]
        except OSError as error:
            raise _Unknown(f'"{salt}" cannot be read: {error.strerror}', "mend its permissions") from error
        return blake2b(value.encode("utf-8", "surrogateescape"), key=key, digest_size=16).hexdigest()


def made_in(folder: Path) -> list[Hiding]:
    """Return the values that were made for an instance, from its folder of secrets."""
    found = []
    for path in sorted(folder.glob("*/*")):
        try:
            value = path.read_bytes().decode("utf-8", "surrogateescape").strip("\r\n")
        except OSError:
            continue
        found.append(Hiding(name_in(path.parent.name), name_in(path.name), "declared", value))
    return found


def _content(path: Path, what: str) -> str:
    """Return the text of a secret's file, less the line end that editors add."""
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        raise _Unknown(
            f'{what} is read from "{path}", which does not exist', "create the file, or name a generator for it"
        ) from None
    except OSError as error:
        raise _Unknown(f'{what} cannot be read from "{path}": {error.strerror}', "mend its permissions") from error
    return text.removesuffix("\n").removesuffix("\r")


def _hidden(node: Secret | EnvFile, values: Mapping[str, str]) -> list[Hidden]:
    declared = node.entries if isinstance(node, Secret) else node.secret
    reasons = {name: why_secret(name, value, name in declared) for name, value in values.items()}
    return [Hidden(node.name, name, why, is_weak(values[name])) for name, why in reasons.items() if why is not None]
