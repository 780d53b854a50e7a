"""A cluster without machines: it remembers objects and who set which field, and tests say what its pods do."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from homeport.ports.cluster import (
    Changed,
    ClusterError,
    Command,
    FieldConflict,
    Gone,
    LinkDown,
    LinkUp,
    Listed,
    LogLine,
    LogSource,
    Manifest,
    News,
    Scope,
    Target,
    Tunnel,
    UnknownKind,
    Unreachable,
)
from homeport.ports.fakes.applied import Owned, grown, leaves
from homeport.ports.fakes.pods import FakeCommand, FakeRun, FakeTunnel, Program, Serve, cat

Key = tuple[str, str, str | None, str]
"""API, kind, namespace and name."""

_WIDE = ("Namespace", "Node", "PersistentVolume", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding")
_APIS = ("v1", "apps/v1", "batch/v1", "apiextensions.k8s.io/v1", "rbac.authorization.k8s.io/v1")


class FakeCluster:
    """Kubernetes' promises, and none of its work: a Deployment makes no pods. Pods are there when somebody applies them."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        """What was asked, in order: ``apply ConfigMap "a"``."""
        self.programs: dict[str, Program] = {"cat": cat}
        """What commands do, by their first word."""
        self.commands: list[FakeCommand] = []
        self.serves: dict[tuple[str, str, int], Serve] = {}
        """What answers in pods, by namespace, pod and port."""
        self.tunnels: list[tuple[tuple[str, str], FakeTunnel]] = []
        """Links into pods that are open, each with the namespace and the name of its pod."""
        self.delays: dict[str, float] = {}
        """Seconds until a link into a pod is open, by the pod's name."""
        self.apis: set[str] = set(_APIS)
        self._objects: dict[Key, dict[str, Any]] = {}
        self._owned: dict[Key, Owned] = {}
        self._version = 0
        self._watches: list[tuple[Scope, asyncio.Queue[News]]] = []
        self._runs: dict[tuple[str, str, str], list[FakeRun]] = defaultdict(lambda: [FakeRun()])
        self._down: str | None = None
        self._pulses: list[asyncio.Queue[LinkDown | LinkUp]] = []
        self._store({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}, Owned())

    def cut(self, why: str = "no answer within 10 s") -> None:
        """Break the link: watches say so, and everything else fails."""
        self._down = why
        for _scope, queue in self._watches:
            queue.put_nowait(LinkDown(why))
        for pulse in self._pulses:
            pulse.put_nowait(LinkDown(why))
        for _pod, tunnel in tuple(self.tunnels):
            tunnel.end(why)

    def mend(self) -> None:
        """Bring the link back: watches list again."""
        self._down = None
        for scope, queue in self._watches:
            queue.put_nowait(LinkUp())
            queue.put_nowait(Listed(tuple(self._within(scope))))
        for pulse in self._pulses:
            pulse.put_nowait(LinkUp())

    def says(self, namespace: str, pod: str, container: str) -> FakeRun:
        """Return the current run of a container, to write its log."""
        return self._runs[namespace, pod, container][-1]

    def restarts(self, namespace: str, pod: str, container: str) -> FakeRun:
        """End the current run and begin another one."""
        runs = self._runs[namespace, pod, container]
        runs[-1].end()
        runs.append(FakeRun())
        return runs[-1]

    def set(self, scope: Scope, **fields: Any) -> None:
        """Set top-level fields of an object, such as ``status``, as the cluster itself would."""
        key = _key(scope)
        self._store({**self._objects[key], **fields}, self._owned[key])

    async def apply(self, manifest: Manifest, *, force: bool = False, dry: bool = False) -> Manifest:
        """Apply as the manager ``homeport``."""
        return self.apply_as("homeport", manifest, force=force, dry=dry)

    def apply_as(self, manager: str, manifest: Manifest, *, force: bool = False, dry: bool = False) -> Manifest:
        """Apply as any manager."""
        meta = manifest.get("metadata") or {}
        try:
            scope = Scope(manifest["apiVersion"], manifest["kind"], meta.get("namespace"), name=meta["name"])
        except KeyError as error:
            raise ClusterError(f"an object has no {error}", reason="Invalid") from error
        self._ask("apply", scope)
        if scope.namespace and ("v1", "Namespace", None, scope.namespace) not in self._objects:
            raise ClusterError(f'namespaces "{scope.namespace}" not found', reason="NotFound", code=404)
        owned, wanted = self._owned.get(_key(scope), Owned()), leaves(manifest)
        if (conflicts := owned.conflicts(manager, wanted)) and not force:
            raise FieldConflict(f"apply of {scope.kind} meets another owner: {conflicts}", conflicts)
        after, old = owned.take(manager, wanted), self._objects.get(_key(scope))
        made = _made(scope, after, old)
        if old is not None and made == old:
            self._owned[_key(scope)] = after
            return old
        return made if dry else self._store(made, after)

    async def get(self, scope: Scope) -> Manifest | None:
        """Return the object, or None."""
        self._ask("get", scope)
        return self._objects.get(_key(scope))

    async def list(self, scope: Scope) -> Sequence[Manifest]:
        """Return the objects of the scope."""
        self._ask("list", scope)
        return list(self._within(scope))

    async def is_namespaced(self, api: str, kind: str) -> bool:
        """Return what Kubernetes says of its own kinds; all others are in namespaces."""
        if api not in self.apis:
            raise UnknownKind(kind, api)
        return kind not in _WIDE

    async def delete(self, scope: Scope, *, uid: str | None = None, grace: int | None = None) -> bool:
        """Delete at once, with everything that it owns or, for a namespace, that is in it."""
        self._ask("delete", scope)
        found = self._objects.get(_key(scope))
        if found is None or (uid is not None and found["metadata"]["uid"] != uid):
            return False
        self._remove(_key(scope))
        return True

    async def watch(self, scope: Scope) -> AsyncGenerator[News, None]:
        """Yield the objects, and then what happens."""
        if self._down is None:
            self._ask("watch", scope)
        queue: asyncio.Queue[News] = asyncio.Queue()
        queue.put_nowait(LinkDown(self._down) if self._down is not None else Listed(tuple(self._within(scope))))
        self._watches.append((scope, queue))
        try:
            while True:
                yield await queue.get()
        finally:
            self._watches = [each for each in self._watches if each[1] is not queue]

    async def logs(self, source: LogSource) -> AsyncGenerator[LogLine, None]:
        """Yield what was written to the run."""
        uid = self._pod(source.namespace, source.pod)["metadata"]["uid"]
        runs = self._runs[source.namespace, source.pod, source.container]
        which = source.restarts if source.restarts is not None else len(runs) - (2 if source.previous else 1)
        if source.uid not in {"", uid} or (source.restarts is not None and which < len(runs) - 2):
            raise ClusterError(f'the log of "{source.container}" is gone', reason="NotFound", code=404)
        if not 0 <= which < len(runs):
            raise ClusterError(f'"{source.container}" has no such run', reason="BadRequest", code=400)
        async for line in runs[which].follow(source.tail, source.after, wait=source.follow):
            yield line

    @asynccontextmanager
    async def exec(
        self, target: Target, argv: Sequence[str], *, stdin: bool = False, tty: bool = False
    ) -> AsyncIterator[Command]:
        """Run the program that plays this command."""
        self._pod(target.namespace, target.pod)
        command = FakeCommand(argv, self.programs.get(argv[0]), stdin=stdin)
        self.commands.append(command)
        yield command

    @asynccontextmanager
    async def tunnel(self, namespace: str, pod: str, uid: str | None = None) -> AsyncIterator[Tunnel]:
        """Open a link, which ends with the pod. Who does not know the pod's uid makes a request for it."""
        there = self._pod(namespace, pod)["metadata"]["uid"]
        if not uid:
            self._ask("get", Scope("v1", "Pod", namespace, name=pod))
        if pod in self.delays:
            await asyncio.sleep(self.delays[pod])
        opened = (namespace, pod), FakeTunnel((namespace, pod), self.serves, replaced=uid not in {None, there})
        self.tunnels.append(opened)
        try:
            yield opened[1]
        finally:
            opened[1].end("the link was closed")
            self.tunnels.remove(opened)

    async def pulse(self) -> AsyncIterator[LinkDown | LinkUp]:
        """Yield the state of the link, and its changes."""
        queue: asyncio.Queue[LinkDown | LinkUp] = asyncio.Queue()
        queue.put_nowait(LinkUp() if self._down is None else LinkDown(self._down))
        self._pulses.append(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._pulses = [each for each in self._pulses if each is not queue]

    def _ask(self, verb: str, scope: Scope) -> None:
        self.requests.append(f'{verb} {scope.kind} "{scope.name}"' if scope.name else f"{verb} {scope.kind}")
        if self._down is not None:
            raise Unreachable(f"{self.requests[-1]} failed: {self._down}")
        if scope.api not in self.apis:
            raise UnknownKind(scope.kind, scope.api)

    def _pod(self, namespace: str, pod: str) -> dict[str, Any]:
        if self._down is not None:
            raise Unreachable(self._down)
        if ("v1", "Pod", namespace, pod) not in self._objects:
            raise ClusterError(f'pods "{pod}" not found', reason="NotFound", code=404)
        return self._objects["v1", "Pod", namespace, pod]

    def _store(self, made: dict[str, Any], owned: Owned) -> dict[str, Any]:
        self._version += 1
        meta = {"uid": f"uid-{self._version}", **made["metadata"], "resourceVersion": str(self._version)}
        made = {**made, "metadata": meta}
        key = made["apiVersion"], made["kind"], meta.get("namespace"), meta["name"]
        self._objects[key], self._owned[key] = made, owned
        self._tell(made, Changed(made))
        return made

    def _remove(self, key: Key) -> None:
        gone = self._objects.pop(key, None)
        if gone is None:
            return
        del self._owned[key]
        self._tell(gone, Gone(gone))
        for pod, tunnel in tuple(self.tunnels):
            if key[1] == "Pod" and pod == key[2:]:
                tunnel.end(f'the pod "{pod[1]}" is gone')
        for other, each in list(self._objects.items()):
            owners = [owner.get("uid") for owner in each["metadata"].get("ownerReferences", ())]
            if gone["metadata"]["uid"] in owners or (key[1] == "Namespace" and other[2] == key[3]):
                self._remove(other)

    def _tell(self, made: Manifest, news: News) -> None:
        for scope, queue in self._watches:
            if self._down is None and _is_in(made, scope):
                queue.put_nowait(news)

    def _within(self, scope: Scope) -> Iterator[Manifest]:
        return (each for each in self._objects.values() if _is_in(each, scope))


def _key(scope: Scope) -> Key:
    return scope.api, scope.kind, scope.namespace, scope.name or ""


def _made(scope: Scope, owned: Owned, old: dict[str, Any] | None) -> dict[str, Any]:
    """Return the object with the fields of all managers; what the cluster itself said of it stays."""
    made = grown(owned.fields)
    told = {key: old["metadata"][key] for key in ("uid", "resourceVersion") if key in old["metadata"]} if old else {}
    space = {"namespace": scope.namespace} if scope.namespace else {}
    made["metadata"] = {**made.get("metadata", {}), "name": scope.name, **space, **told}
    status = {"status": old["status"]} if old and "status" in old and "status" not in made else {}
    return {"apiVersion": scope.api, "kind": scope.kind, **made, **status}


def _is_in(made: Manifest, scope: Scope) -> bool:
    meta = made["metadata"]
    return (
        (made["apiVersion"], made["kind"]) == (scope.api, scope.kind)
        and scope.namespace in {None, meta.get("namespace")}
        and scope.name in {None, meta["name"]}
        and _selected(meta.get("labels", {}), scope.labels)
    )


def _selected(labels: Manifest, selector: str) -> bool:
    """Whether labels match a selector of equalities and names: ``app=shop,tier``."""
    for term in selector.split(",") if selector else ():
        name, equal, value = term.partition("=")
        if name not in labels or (equal and labels[name] != value.removeprefix("=")):
            return False
    return True
