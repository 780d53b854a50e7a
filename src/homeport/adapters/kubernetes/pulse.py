"""Whether the cluster answers: one small request every few seconds, the only thing that is asked again and again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from homeport.adapters.kubernetes.link import Link
from homeport.model.errors import OutsideError
from homeport.ports.cluster import LinkDown, LinkUp

_EVERY: Final = 4.0
_LIMIT: Final = 4.0
"""Seconds: with the pause before, a cluster that froze is known after eight."""
_WHILE_DOWN: Final = 1.0


async def pulse(link: Link) -> AsyncIterator[LinkDown | LinkUp]:
    """Yield whether the cluster answers now, and then each change of it, for ever.

    A stream that is open may be frozen or alive whatever this says: only its own answers tell.
    """
    up: bool | None = None
    while True:
        try:
            await link.ask("GET", "/readyz", "heartbeat", limit=_LIMIT)
        except OutsideError as error:
            if up is not False:
                up = False
                yield LinkDown(error.what)
        else:
            if up is not True:
                up = True
                yield LinkUp()
        await asyncio.sleep(_EVERY if up else _WHILE_DOWN)
