"""Links into containers of whichever cluster is open."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from homeport.adapters.live.link import HelperLinks
from homeport.adapters.live.pacing import Precedence
from homeport.adapters.live.tarred import TarLinks
from homeport.ports.cluster import Target
from homeport.ports.live import HelperMissing, LiveLink
from homeport.work.seen.cloud import Cloud


class CloudLinks:
    """Keeps ``ports.live.LiveLinks``' promise by the cluster to which there is a link at the time.

    A container without a helper is changed by its own programs.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._precedence = Precedence()

    @asynccontextmanager
    async def open(self, target: Target, roots: Sequence[str]) -> AsyncIterator[LiveLink]:
        """Open a link for a block; it waits until there is a cluster."""
        opened = await self._cloud.opened()
        async with AsyncExitStack() as stack:
            try:
                links = HelperLinks(opened.cluster, self._precedence)
                link = await stack.enter_async_context(links.open(target, roots))
            except HelperMissing:
                link = await stack.enter_async_context(TarLinks(opened.cluster).open(target, roots))
            yield link
