"""An engine as the rest of this room speaks to it: data in, data out, and errors with a next step."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from homeport.adapters.containers.finding import Address
from homeport.adapters.containers.http import Answer, Link
from homeport.model.errors import OutsideError

LIMIT: Final = 60.0
"""Seconds that an engine has to answer an ordinary request; a busy one takes its time."""

Query = Mapping[str, Any]


class Refused(Exception):
    """The engine answered no: ``status`` of HTTP, and what it ``said``."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status}: {said}")
        self.status = status
        self.said = said


class Engine:
    """Asks one engine."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._link = Link(address)

    async def ask(
        self, method: str, path: str, query: Query | None = None, body: Any = None, *, limit: float | None = LIMIT
    ) -> Any:
        """Return the data of an answer. Raises Refused, and OutsideError when none comes within ``limit`` seconds."""
        try:
            async with asyncio.timeout(limit):
                return await (await self.open(method, path, query, body)).json()
        except TimeoutError:
            raise self.silent(f"nothing within {limit:g} s") from None
        except OSError as error:
            raise self.silent(str(error.strerror or error)) from error

    async def open(
        self, method: str, path: str, query: Query | None = None, body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        """Return an answer whose body streams. Raises Refused, and OutsideError when the engine does not answer."""
        try:
            answer = await self._link.open(method, path, query, body, headers)
        except OSError as error:
            raise self.silent(str(error.strerror or error)) from error
        if answer.status >= 400:
            raise Refused(answer.status, await answer.complaint())
        return answer

    def silent(self, why: str) -> OutsideError:
        """Return the error for an engine that does not answer."""
        hint = "start it (systemctl start docker, or Docker Desktop), or let DOCKER_HOST or `docker context use` name another"
        if "permission denied" in why.lower():
            hint = "let this user speak to the engine: sudo usermod -aG docker $USER, and log in again"
        where = f"{self.address.url} ({self.address.source})" if self.address.source else self.address.url
        return OutsideError(f"no container engine answers at {where}: {why.lower()}", hint=hint)
