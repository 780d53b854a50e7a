"""Who we are, at every request: renewed before it expires, and when the cluster says that it does not know us."""

import asyncio
import base64
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from homeport.adapters.kubernetes.access import Access, again
from homeport.adapters.kubernetes.plugin import Login, log_in
from homeport.model.errors import OutsideError

_EARLY: Final = 30.0
"""Seconds before its end that a login is renewed, at most: a short one is used for four fifths of its time."""
_REREAD: Final = 60.0
"""Seconds after which a file with a token is read again: the kubelet writes new ones into pods."""


class Identity:
    """The headers of our requests, and the certificate of our connections.

    ``turn`` counts the logins, so that a request which was refused can tell whether somebody renewed it since.
    """

    def __init__(self, access: Access, environ: Mapping[str, str]) -> None:
        self._access = access
        self._environ = dict(environ)
        self._login = Login(token=access.token or access.provider)
        self._due = 0.0 if access.plugin or access.token_file else float("inf")
        self._one = asyncio.Lock()
        self.turn = 0

    @property
    def certificate(self) -> bytes:
        """PEM of certificate and key that a plugin gave, or nothing."""
        return self._login.certificate

    async def headers(self) -> list[tuple[str, str]]:
        """Return what proves who we are. Raises OutsideError when there is no login to be had."""
        if time.time() >= self._due:
            await self.renew(self.turn)
        headers = list(self._access.impersonate)
        if self._login.token:
            headers.append(("Authorization", f"Bearer {self._login.token}"))
        elif self._access.basic is not None:
            pair = ":".join(self._access.basic)
            headers.append(("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"))
        return headers

    async def renew(self, turn: int) -> bool:
        """Log in anew unless somebody did since ``turn``; many who ask at once get one login. False: there is no other."""
        async with self._one:
            if self.turn != turn:
                return True
            if self._access.token_file is not None:
                self._login, self._due = Login(_token(self._access.token_file)), time.time() + _REREAD
            elif self._access.plugin is not None:
                self._login = await log_in(self._access, self._access.plugin, self._environ)
                self._due = _due(self._login)
            elif not self._reread():
                return False
            self.turn += 1
            return True

    def _reread(self) -> bool:
        """Take the login that the kubeconfig has by now; False when it is the same, or none for this cluster."""
        if not self._access.files:
            return False
        try:
            found = again(self._access)
        except OutsideError:
            return False
        made = Login(found.token or found.provider, found.certificate)
        if made == Login(self._login.token, self._login.certificate or self._access.certificate):
            return False
        self._login = made
        return True


def _due(login: Login) -> float:
    if login.expires is None:
        return float("inf")
    now = time.time()
    return login.expires - min(_EARLY, max(0.0, login.expires - now) / 5)


def _token(path: str) -> str:
    try:
        token = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise OutsideError(
            f'the token in "{path}" cannot be read: {error}', hint="log in to the cluster anew"
        ) from error
    if not token:
        raise OutsideError(f'"{path}" should hold a token and is empty', hint="log in to the cluster anew")
    return token
