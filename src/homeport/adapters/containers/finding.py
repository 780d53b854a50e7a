"""Which engine is meant: found as docker's own client finds it."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from homeport.model.errors import OutsideError

SOCKET: Final = "/var/run/docker.sock"
_LOOPBACK: Final = re.compile(r"tcp://(localhost|127\.[\d.]+|\[::1\]):\d+/?")


class Address(Struct, frozen=True):
    """Where an engine is: ``unix:///PATH`` or ``tcp://HOST:PORT``, the folder of our key for it, and who said so."""

    url: str
    certificates: str = ""
    source: str = ""

    @property
    def socket(self) -> str | None:
        """The path of its unix socket."""
        return self.url.removeprefix("unix://") if self.url.startswith("unix://") else None

    @property
    def place(self) -> tuple[str, int]:
        """Its host and port."""
        host, _, port = self.url.removeprefix("tcp://").rpartition(":")
        return host.strip("[]"), int(port)


def find(environ: Mapping[str, str]) -> Address:
    """Return the engine that DOCKER_HOST, DOCKER_CONTEXT or the chosen context names, else the usual socket.

    Raises OutsideError for one that cannot run containers for this machine.
    """
    address = _found(environ)
    if address.socket is None and not _LOOPBACK.fullmatch(address.url):
        raise OutsideError(
            f"containers need an engine of this machine; {address.source} names {address.url}, whose ports are not reached here",
            hint="name a local engine: DOCKER_HOST=unix:///var/run/docker.sock, or `docker context use default`",
        )
    return Address(
        address.url.rstrip("/") if address.socket is None else address.url, address.certificates, address.source
    )


def config_folder(environ: Mapping[str, str]) -> Path:
    """Return where docker's client keeps its settings."""
    return Path(environ.get("DOCKER_CONFIG") or Path(environ.get("HOME", "/")) / ".docker")


def settings(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings of docker's client; none when they cannot be read."""
    return _read(config_folder(environ) / "config.json") or {}


def _found(environ: Mapping[str, str]) -> Address:
    if host := environ.get("DOCKER_HOST"):
        verify = environ.get("DOCKER_TLS_VERIFY") or environ.get("DOCKER_TLS")
        folder = environ.get("DOCKER_CERT_PATH") or str(config_folder(environ))
        return Address(host, folder if verify and not host.startswith("unix:") else "", "DOCKER_HOST")
    if name := environ.get("DOCKER_CONTEXT"):
        return _of_context(environ, name, "DOCKER_CONTEXT")
    if name := settings(environ).get("currentContext"):
        return _of_context(environ, str(name), f"the current context of {config_folder(environ) / 'config.json'}")
    return Address(f"unix://{SOCKET}", source="no DOCKER_HOST and no context is set, so the usual socket was asked")


def _of_context(environ: Mapping[str, str], name: str, source: str) -> Address:
    if name == "default":
        return Address(f"unix://{SOCKET}", source=f"{source} (default)")
    folder, digest = config_folder(environ) / "contexts", hashlib.sha256(name.encode()).hexdigest()
    file = folder / "meta" / digest / "meta.json"
    try:
        url = str((_read(file) or {})["Endpoints"]["docker"]["Host"])
    except (KeyError, TypeError):
        raise OutsideError(
            f'docker\'s context "{name}" ({source}) is not known: {file} names no engine',
            hint="`docker context ls` lists the known ones; `docker context use default` takes the usual one",
        ) from None
    certificates = folder / "tls" / digest / "docker"
    return Address(url, str(certificates) if certificates.is_dir() else "", f'context "{name}"')


def _read(file: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
