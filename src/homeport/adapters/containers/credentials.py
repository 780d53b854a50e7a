"""Who we are to a registry, as `docker login` noted it down."""

import asyncio
import base64
import json
import shutil
from collections.abc import Mapping
from typing import Any, Final

from homeport.adapters.containers.finding import settings

HUB: Final = "https://index.docker.io/v1/"
LIMIT: Final = 20.0


async def registry_auth(environ: Mapping[str, str], registry: str) -> dict[str, str]:
    """Return the header that tells a registry who asks; none for nobody."""
    known = settings(environ)
    server = HUB if registry == "docker.io" else registry
    helper = (known.get("credHelpers") or {}).get(server) or known.get("credsStore")
    found = await _helped(environ, str(helper), server) if helper else None
    found = found or _noted((known.get("auths") or {}).get(server))
    if found is None:
        return {}
    text = json.dumps({**found, "serveraddress": server})
    return {"X-Registry-Auth": base64.urlsafe_b64encode(text.encode()).decode()}


def _noted(entry: Any) -> dict[str, str] | None:
    if not isinstance(entry, dict):
        return None
    if token := entry.get("identitytoken"):
        return {"identitytoken": str(token)}
    try:
        user, _, password = base64.b64decode(str(entry.get("auth") or "")).decode().partition(":")
    except ValueError:
        return None
    return {"username": user, "password": password} if user else None


async def _helped(environ: Mapping[str, str], helper: str, server: str) -> dict[str, str] | None:
    """Ask a credential helper; one that does not know, or is not there, counts as nobody."""
    program = shutil.which(f"docker-credential-{helper}", path=environ.get("PATH"))
    if program is None:
        return None
    process = await asyncio.create_subprocess_exec(
        program, "get", env=dict(environ), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(LIMIT):
            told, _ = await process.communicate(server.encode())
        answer = json.loads(told)
        user, secret = str(answer["Username"]), str(answer["Secret"])
    except (TimeoutError, ValueError, KeyError, TypeError):
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return {"identitytoken": secret} if user == "<token>" else {"username": user, "password": secret}
