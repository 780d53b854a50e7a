"""Links into containers of whichever cluster is open."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from homeport.adapters.live.link import HelperLinks
from homeport.ports.cluster import Target
from homeport.ports.live import LiveLink
from homeport.work.seen.cloud import Cloud


class CloudLinks:
    """Keeps ``ports.live.LiveLinks``' promise by the cluster to which there is a link at the time."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    @asynccontextmanager
    async def open(self, target: Target, roots: Sequence[str]) -> AsyncIterator[LiveLink]:
        """Open a link for a block; it waits until there is a cluster."""
        opened = await self._cloud.opened()
        async with HelperLinks(opened.cluster).open(target, roots) as link:
            yield link
