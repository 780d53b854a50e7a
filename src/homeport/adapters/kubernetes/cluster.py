"""The port ``Cluster``, kept by a real one."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from homeport.adapters.kubernetes.access import Access
from homeport.adapters.kubernetes.executing import running
from homeport.adapters.kubernetes.kinds import Kinds
from homeport.adapters.kubernetes.link import Link, linked
from homeport.adapters.kubernetes.logs import Log
from homeport.adapters.kubernetes.objects import MANAGER, Objects
from homeport.adapters.kubernetes.pulse import pulse
from homeport.adapters.kubernetes.runs import pod_path, uid_of
from homeport.adapters.kubernetes.tunnel import PROTOCOL, SpdySession
from homeport.adapters.kubernetes.tunnel_per_connection import PlainTunnel
from homeport.adapters.kubernetes.tunnel_renewed import SpdyTunnel
from homeport.adapters.kubernetes.watching import Watch
from homeport.aio.beside import beside
from homeport.model.errors import OutsideError
from homeport.ports.cluster import (
    ClusterError,
    Command,
    LinkDown,
    LinkUp,
    LogLine,
    LogSource,
    Manifest,
    News,
    Scope,
    Target,
    Tunnel,
)


class RealCluster:
    """Speaks to one cluster over one pool of connections."""

    def __init__(self, link: Link, manager: str) -> None:
        """``manager``: by which name the cluster remembers which fields are ours."""
        self._link = link
        self._kinds = Kinds(link)
        self._objects = Objects(link, self._kinds, manager)

    async def apply(self, manifest: Manifest, *, force: bool = False, dry: bool = False) -> Manifest:
        """Make the object so, and return what the cluster has now."""
        return await self._objects.apply(manifest, force=force, dry=dry)

    async def get(self, scope: Scope) -> Manifest | None:
        """Return the object that the scope names, or None."""
        found: dict[str, Any] | None = await self._objects.get(scope, dict)
        return found

    async def list(self, scope: Scope) -> Sequence[Manifest]:
        """Return all objects in the scope."""
        found, _version = await self._objects.list(scope, dict)
        return [{"apiVersion": scope.api, "kind": scope.kind, **each} for each in found]

    async def is_namespaced(self, api: str, kind: str) -> bool:
        """Return whether objects of a kind live in namespaces."""
        return await self._kinds.is_namespaced(api, kind)

    async def delete(self, scope: Scope, *, uid: str | None = None, grace: int | None = None) -> bool:
        """Ask that the named object be deleted; return whether it was there."""
        return await self._objects.delete(scope, uid=uid, grace=grace)

    def watch(self, scope: Scope) -> AsyncGenerator[News, None]:
        """Yield a ``Listed`` and then every change, for ever."""
        return Watch(self._link, self._kinds, self._objects, scope).news()

    def logs(self, source: LogSource) -> AsyncGenerator[LogLine, None]:
        """Yield the lines of one run of a container until it has ended."""
        return Log(self._link, source).lines()

    def exec(
        self, target: Target, argv: Sequence[str], *, stdin: bool = False, tty: bool = False
    ) -> AbstractAsyncContextManager[Command]:
        """Run a command in a pod."""
        return running(self._link, target, argv, stdin=stdin, tty=tty)

    @asynccontextmanager
    async def tunnel(self, namespace: str, pod: str, uid: str | None = None) -> AsyncIterator[Tunnel]:
        """Open a link for connections into a pod, as good as the cluster knows it."""
        path, what = f"{pod_path(namespace, pod)}/portforward", f'forward to the pod "{pod}"'
        known = uid or await uid_of(self._link, namespace, pod)

        async def there() -> str | None:
            try:
                now = await uid_of(self._link, namespace, pod)
            except OutsideError as error:
                return f'the pod "{pod}" is gone' if isinstance(error, ClusterError) and error.code == 404 else None
            return None if now == known else f'the pod "{pod}" was replaced'

        async def again() -> SpdySession:
            return SpdySession(await self._link.open(path, what, (), (PROTOCOL,)))

        try:
            first = await again()
        except ClusterError as error:
            if error.reason != "Protocol":
                raise
            yield PlainTunnel(self._link, path, what, there)
            return
        tunnel = SpdyTunnel(first, again, there)
        async with beside(tunnel.read()):
            yield tunnel

    def pulse(self) -> AsyncIterator[LinkDown | LinkUp]:
        """Yield whether the cluster answers, and then each change of it."""
        return pulse(self._link)


@asynccontextmanager
async def open_cluster(
    access: Access, environ: Mapping[str, str], manager: str = MANAGER
) -> AsyncIterator[RealCluster]:
    """Open a pinned cluster for a block. Nothing is sent yet: one that is out of reach opens as well."""
    async with linked(access, environ) as link:
        yield RealCluster(link, manager)
