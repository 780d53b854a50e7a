"""What is told of a mirror: the link, each node's rollout when it differs from the one told before, and what happened."""

import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from homeport.model.ownership import NAME
from homeport.model.rollouts import Linked, Rollout
from homeport.model.shipped import Present
from homeport.ports.clock import Clock
from homeport.ports.cluster import Manifest
from homeport.ports.report import Report
from homeport.work.cluster.judging import Evidence, judged
from homeport.work.cluster.linking import Linking
from homeport.work.cluster.wording import aimed
from homeport.work.seen.events import Happening
from homeport.work.seen.mirror import Kind, Mirror

WORKLOADS: Final[tuple[Kind, ...]] = (
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("batch/v1", "Job"),
)
KINDS: Final[tuple[Kind, ...]] = (
    *WORKLOADS,
    ("v1", "Pod"),
    ("v1", "Event"),
    ("v1", "Service"),
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "ServiceAccount"),
)
"""What is always watched."""
NAMESPACE: Final[Kind] = ("v1", "Namespace")
"""Watched where that is allowed: what is in a namespace that is being deleted does not say so."""
GONE: Final = Rollout("", "", detail="nothing of it runs in the cluster")
SLACK: Final = 2.0
"""Seconds by which the cluster's clock may be behind ours before what happened now is taken for something older."""
REMEMBERED: Final = 4000
"""Lines that are remembered, so that none is told twice."""

_SAME: Final = ("Error: ErrImagePull", "Error: ImagePullBackOff", "pull QPS exceeded")
"""What says nothing, or the same as another event."""
_NORMAL: Final = frozenset({"Killing", "Preempted", "TriggeredScaleUp", "Evicted", "Completed"})
_SLOW_PULL: Final = re.compile(r" in (?:\d+m)?\d+(?:\.\d+)?s ")


class Sight(Struct, frozen=True):
    """What is watched: an instance's objects, by label ``selector``, in one namespace of the cluster of a ``context``.

    ``kinds``: further ones, as API and kind. ``identity`` is told with the link.
    """

    identity: str
    context: str
    namespace: str
    selector: str
    kinds: tuple[Kind, ...] = ()


class Teller:
    """Remembers what was told."""

    def __init__(
        self, mirror: Mirror, report: Report, say: Callable[[str, str], None], clock: Clock, sight: Sight
    ) -> None:
        self._mirror = mirror
        self._report = report
        self._say = say
        self._clock = clock
        self.linking = Linking()
        self._sight = sight
        self._began = clock.wall()
        self._waiting: set[str] = set()
        self._complete = False
        self._linked: Linked | None = None
        self._rollouts: dict[str, Rollout] = {}
        self._kinds: dict[str, tuple[str, ...]] = {}
        self._told_present = False
        self._said: OrderedDict[tuple[str, str, str, str], None] = OrderedDict()

    def look(self, sight: Sight) -> None:
        """Know what is to be seen from now on."""
        self._sight = sight
        if self._linked is not None:
            self._tell_link()

    def tell(self, concerned: set[str]) -> None:
        """Tell what is new after a batch of news, which concerned these nodes."""
        listed, refused = self._mirror.listed, self.linking.refused
        wanted = (*KINDS, *self._sight.kinds)
        if not self._complete and all(kind in listed or kind in refused for kind in wanted):
            self._complete, concerned = True, set(self._mirror.nodes())
        self._waiting |= concerned
        # Half of what was missed would look like a failure, or like a success.
        if self._complete and not self.linking.is_catching_up:
            concerned, self._waiting = self._waiting, set()
            self._tell_present(concerned)
            for node in sorted(concerned):
                self._tell_node(node)
            self._tell_lines()
        self._tell_link()

    def _tell_node(self, node: str) -> None:
        found, before = judged(_evidence(self._mirror, node, self._sight.kinds)), self._rollouts.get(node)
        if found is None and before is None:
            return
        made = replace(found or GONE, since=before.since if before is not None else 0)
        made = replace(made, hint=aimed(made.hint, self._sight.context, self._sight.namespace))
        if before is None or _phase(made) != _phase(before):
            made = replace(made, since=self._clock.now())
        if made != before:
            self._rollouts[node] = made
            self._report.put(("rollout", node, 0), made)

    def _tell_present(self, concerned: set[str]) -> None:
        before = dict(self._kinds)
        for node in concerned:
            kinds = {str(made["kind"]) for made in self._mirror.of({NAME: node})}
            if kinds:
                self._kinds[node] = tuple(sorted(kinds))
            else:
                self._kinds.pop(node, None)
        if self._kinds != before or not self._told_present:
            self._told_present = True
            self._report.put(("present", "", 0), Present(dict(sorted(self._kinds.items()))))

    def _tell_link(self) -> None:
        space = self._mirror.get(*NAMESPACE, self._sight.namespace)
        leaving = space is not None and "deletionTimestamp" in space["metadata"]
        link = Linked(
            self._sight.identity, context=self._sight.context, namespace=self._sight.namespace, leaving=leaving
        )
        made = self.linking.told(link, self._linked, self._clock.now(), complete=self._complete)
        if made is not None:
            self._linked = made
            self._report.put(("cluster", "", 0), made)

    def _tell_lines(self) -> None:
        for node, event in self._mirror.fresh():
            key = event.uid or event.name, event.reason, event.field, event.message
            if key in self._said or not _is_news(event):
                continue
            self._said[key] = None
            if len(self._said) > REMEMBERED:
                self._said.popitem(last=False)
            # What happened before this house looked was told by the one before it.
            if event.last >= self._began - SLACK:
                self._say(node, f'{event.kind} "{event.name}": {event.message}')


def _is_news(event: Happening) -> bool:
    if any(words in event.message for words in _SAME):
        return False
    slow = event.reason == "Pulled" and _SLOW_PULL.search(event.message) is not None
    return event.warning or event.reason in _NORMAL or slow


def _phase(made: Rollout) -> tuple[bool, bool, bool, bool]:
    return bool(made.kind), made.complete, bool(made.failure), made.ended


def rollout_of(mirror: Mirror, node: str) -> Rollout | None:
    """Return how far a node's workload is, as the mirror has it now."""
    return judged(_evidence(mirror, node, ()))


def _evidence(mirror: Mirror, node: str, further: tuple[Kind, ...]) -> Evidence:
    mine = sorted(mirror.of({NAME: node}), key=lambda made: str(made["metadata"]["name"]))
    pods = [made for made in mine if made["kind"] == "Pod"]
    claims = [made for made in mine if made["kind"] == "PersistentVolumeClaim"]
    workloads = [made for made in mine if _works(made, further)]
    events = {
        (made["kind"], made["metadata"]["name"]): mirror.happened(made["kind"], made["metadata"]["name"])
        for made in (*workloads, *pods, *claims)
    }
    for made in workloads:
        if made["kind"] == "Deployment":
            events |= mirror.happened_to_makers(made["metadata"]["name"])
    return Evidence(workloads, pods, claims, events)


def _works(made: Manifest, further: tuple[Kind, ...]) -> bool:
    kind = made["apiVersion"], made["kind"]
    if kind == ("v1", "Pod"):
        return not made["metadata"].get("ownerReferences")
    return kind in WORKLOADS or (kind in further and kind not in KINDS)
