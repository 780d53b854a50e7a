"""Running a login plugin (``client.authentication.k8s.io/v1`` and ``v1beta1``)."""

import asyncio
import base64
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from homeport.adapters.kubernetes.access import Access
from homeport.adapters.kubernetes.kubeconfig import Plugin
from homeport.aio.children import waiting_for
from homeport.model.errors import OutsideError

_VERSIONS: Final = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
_LIMIT: Final = 60.0
"""Seconds: some open a browser, and a person who does not look must not hold a house for ever."""


class Login(Struct, frozen=True):
    """What a plugin gave. ``certificate``: PEM of certificate and key; ``expires``: seconds since the epoch."""

    token: str | None = None
    certificate: bytes = b""
    expires: float | None = None


class _Status(Struct, rename="camel"):
    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: datetime | None = None


class _Credential(Struct, rename="camel"):
    api_version: str
    kind: str
    status: _Status | None = None


async def log_in(access: Access, plugin: Plugin, environ: Mapping[str, str], limit: float = _LIMIT) -> Login:
    """Run the plugin. Raises OutsideError with what it said, when it is missing, fails or says nothing in time."""
    if plugin.api_version not in _VERSIONS:
        raise _failed(plugin, f'speaks "{plugin.api_version}"; expected {_VERSIONS[0]} or v1beta1', "update it")
    if plugin.interactive_mode == "Always":
        raise _failed(
            plugin, "insists on a terminal", 'log in by "kubectl get namespaces" with another mode of the plugin'
        )
    return _read(plugin, await _run(access, plugin, environ, limit))


async def _run(access: Access, plugin: Plugin, environ: Mapping[str, str], limit: float) -> bytes:
    command = os.path.join(access.folder, plugin.command) if os.sep in plugin.command else plugin.command
    env = {
        **environ,
        **{each.name: each.value for each in plugin.env or ()},
        "KUBERNETES_EXEC_INFO": _info(access, plugin),
    }
    try:
        process = await asyncio.create_subprocess_exec(
            command,
            *(plugin.args or ()),
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        why = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be started: {error.strerror}"
        raise _failed(plugin, why, plugin.install_hint or "install it, or log in with another context") from error
    with waiting_for(process.pid):
        try:
            async with asyncio.timeout(limit):
                out, err = await process.communicate()
        except TimeoutError as late:
            raise _failed(
                plugin, f"said nothing within {limit:g} s", "run it by hand and see what it waits for"
            ) from late
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode:
        said = err.decode(errors="replace").strip().splitlines()
        why = f"ended with {process.returncode}" + (f": {said[-1].strip()}" if said else "")
        raise _failed(plugin, why, "log in by it once by hand, then try again")
    return out


def _info(access: Access, plugin: Plugin) -> str:
    spec: dict[str, Any] = {"interactive": False}
    if plugin.provide_cluster_info:
        cluster = {
            "server": access.server,
            "tls-server-name": access.server_name,
            "insecure-skip-tls-verify": access.insecure or None,
            "certificate-authority-data": base64.b64encode(access.authority).decode() or None,
            "proxy-url": access.proxy,
        }
        spec["cluster"] = {key: value for key, value in cluster.items() if value is not None}
    return msgspec.json.encode({"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": spec}).decode()


def _read(plugin: Plugin, out: bytes) -> Login:
    try:
        said = msgspec.json.decode(out, type=_Credential)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _failed(plugin, f"did not answer with an ExecCredential: {error}", "run it by hand and see") from error
    if said.api_version != plugin.api_version:
        raise _failed(plugin, f'answered as "{said.api_version}", asked for "{plugin.api_version}"', "update it")
    status = said.status or _Status()
    if not status.token and not (status.client_certificate_data and status.client_key_data):
        raise _failed(plugin, "gave neither a token nor a certificate with its key", "log in by it once by hand")
    certificate = ""
    if status.client_certificate_data and status.client_key_data:
        certificate = f"{status.client_certificate_data}\n{status.client_key_data}"
    expires = status.expiration_timestamp
    return Login(status.token, certificate.encode(), expires.timestamp() if expires else None)


def _failed(plugin: Plugin, why: str, hint: str) -> OutsideError:
    return OutsideError(f'the login program "{plugin.command}" {why}', hint=hint)
