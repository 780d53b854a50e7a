"""What is known of one namespace, in memory: objects by kind and name, and the last things that happened to each.

Values are not kept: of Secrets and ConfigMaps only who they are, and what was last applied in none. What the cluster says of
objects is masked here, before anybody cuts a piece out of it.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

from homeport.aio.latest import Latest
from homeport.kit.masking import NOTHING, Mask
from homeport.model.ownership import NAME, node_in
from homeport.ports.cluster import Changed, Gone, Listed, Manifest, News, Scope
from homeport.work.seen.events import Happening, happening
from homeport.work.seen.others import set_by_others

Kind = tuple[str, str]
"""API and kind."""

HAPPENINGS: Final = 12
"""What is remembered of one object: the last of each sort."""
REMEMBERED: Final = 2000
"""Objects whose happenings and nodes are remembered: those of others in the namespace among them, and of some that are gone."""

OTHERS: Final = "homeport.dev/others"
"""Where it is kept, in the metadata, what others set in the containers of an object."""
_CLOSED: Final = frozenset({"Secret", "ConfigMap"})
_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


class Known(Struct, frozen=True):
    """An object of the cluster, by API, kind and name."""

    api: str
    kind: str
    name: str


class Mirror:
    """One writer puts news; everybody reads, and waits for what is to come."""

    def __init__(self, mask: Mask = NOTHING) -> None:
        self._mask = mask
        self.listed: set[Kind] = set()
        """The kinds of which everything is known."""
        self.changes = Latest(0)
        """Set after every batch of news."""
        self._objects: dict[Known, Manifest] = {}
        self._of_node: dict[str, dict[Known, Manifest]] = {}
        self._events: OrderedDict[tuple[str, str], dict[tuple[str, str, str], Happening]] = OrderedDict()
        self._nodes: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._fresh: deque[Happening] = deque(maxlen=REMEMBERED)

    def get(self, api: str, kind: str, name: str) -> Manifest | None:
        """Return an object, or None."""
        return self._objects.get(Known(api, kind, name))

    def all(self, api: str, kind: str) -> list[Manifest]:
        """Return all objects of a kind, by name."""
        return [self._objects[key] for key in sorted(self._objects, key=_name) if (key.api, key.kind) == (api, kind)]

    def of(self, labels: Mapping[str, str]) -> list[Manifest]:
        """Return the objects that have all of these labels; the one with a name means those of that node."""
        name = labels.get(NAME)
        found = self._objects if name is None else self._of_node.get(name, {})
        wanted = {key: value for key, value in labels.items() if key != NAME}
        return [made for made in found.values() if wanted.items() <= _labels(made).items()]

    def nodes(self) -> tuple[str, ...]:
        """Return the names of nodes of which there is anything."""
        return tuple(self._of_node)

    def node_of(self, kind: str, name: str) -> str | None:
        """Return the node of an object by its kind and name, also of one that is gone lately."""
        node = self._nodes.get((kind, name))
        if node is None and kind == "ReplicaSet":
            return self._nodes.get(("Deployment", name.rpartition("-")[0]))
        return node

    def happened(self, kind: str, name: str) -> list[Happening]:
        """Return what happened to an object, older things first."""
        return sorted(self._events.get((kind, name), {}).values(), key=lambda event: event.last)

    def happened_to_makers(self, name: str) -> dict[tuple[str, str], list[Happening]]:
        """Return what happened to the ReplicaSets of a Deployment."""
        found = [key for key in self._events if key[0] == "ReplicaSet" and key[1].rpartition("-")[0] == name]
        return {key: self.happened(*key) for key in found}

    def fresh(self) -> list[tuple[str, Happening]]:
        """Return what happened to nodes and was not returned yet; what happened to unknown objects waits for them."""
        found, waiting = [], deque[Happening](maxlen=REMEMBERED)
        for event in self._fresh:
            node = self.node_of(event.kind, event.name)
            if node is None:
                waiting.append(event)
            else:
                found.append((node, event))
        self._fresh = waiting
        return found

    async def until(self, holds: "Callable[[Mirror], bool]") -> None:
        """Wait until something holds of the mirror."""
        while not holds(self):
            await self.changes.after(self.changes.turn)

    def put(self, scope: Scope, news: News) -> set[str]:
        """Take news of a scope and return the nodes that they concern. Who puts calls ``told`` after a batch."""
        if scope.kind == "Event":
            return self._put_events(news)
        match news:
            case Listed(objects):
                return self._put_all((scope.api, scope.kind), objects)
            case Changed(made):
                return self._set(made)
            case Gone(made):
                return self._drop(known(made))
            case _:
                return set()

    def told(self) -> None:
        """Wake who waits."""
        self.changes.set(self.changes.value + 1)

    def _put_all(self, kind: Kind, objects: Iterable[Manifest]) -> set[str]:
        there = {known(made): made for made in objects}
        concerned: set[str] = set()
        for key in [key for key in self._objects if (key.api, key.kind) == kind and key not in there]:
            concerned |= self._drop(key)
        for made in there.values():
            concerned |= self._set(made)
        self.listed.add(kind)
        return concerned

    def _set(self, made: Manifest) -> set[str]:
        key, node = known(made), node_in(_labels(made))
        concerned = self._drop(key)
        kept = self._objects[key] = stripped(made, self._mask)
        if node is None:
            return concerned
        self._of_node.setdefault(node, {})[key] = kept
        _remember(self._nodes, (key.kind, key.name), node)
        return concerned | {node}

    def _drop(self, key: Known) -> set[str]:
        made = self._objects.pop(key, None)
        node = node_in(_labels(made)) if made is not None else None
        if node is None:
            return set()
        of_node = self._of_node[node]
        del of_node[key]
        if not of_node:
            del self._of_node[node]
        return {node}

    def _put_events(self, news: News) -> set[str]:
        if isinstance(news, Listed):
            self.listed.add(("v1", "Event"))
        found = news.objects if isinstance(news, Listed) else (news.object,) if isinstance(news, Changed) else ()
        concerned: set[str] = set()
        for event in (happening(said(each, self._mask)) for each in found):
            key = event.kind, event.name
            kept = self._events.get(key, {})
            # The same event in other words is two: "Failed to pull image" and "Error: ErrImagePull" have one reason.
            kept[event.reason, event.field, event.message[:14]] = event
            if len(kept) > HAPPENINGS:
                del kept[min(kept, key=lambda sort: kept[sort].last)]
            _remember(self._events, key, kept)
            self._fresh.append(event)
            if node := self.node_of(*key):
                concerned.add(node)
        return concerned


def known(made: Manifest) -> Known:
    """Return which object it is."""
    return Known(made["apiVersion"], made["kind"], made["metadata"]["name"])


def stripped(made: Manifest, mask: Mask) -> Manifest:
    """Return what is kept of an object: nothing secret, and nothing that only field managers read."""
    meta: dict[str, Any] = {key: value for key, value in made["metadata"].items() if key != "managedFields"}
    if others := set_by_others(made):
        meta[OTHERS] = mask.text(others)
    if _APPLIED in (meta.get("annotations") or {}):
        meta["annotations"] = {key: value for key, value in meta["annotations"].items() if key != _APPLIED}
    rest = {} if made["kind"] in _CLOSED else made
    if "status" in rest:
        rest = {**rest, "status": said(rest["status"], mask)}
    kept: Manifest = _without_nulls({**rest, "apiVersion": made["apiVersion"], "kind": made["kind"], "metadata": meta})
    return kept


def said(value: Any, mask: Mask) -> Any:
    """Return an event, or a status, with every message in it masked: programs and admission hooks quote what they were given."""
    if isinstance(value, dict):
        return {
            key: mask.text(each) if key == "message" and isinstance(each, str) else said(each, mask)
            for key, each in value.items()
        }
    return [said(each, mask) for each in value] if isinstance(value, list) else value


def _without_nulls(value: Any) -> Any:
    """Return plain data without what is null: in Kubernetes that is the same as not there, and readers have one case less."""
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value if each is not None]
    return value


def _remember(kept: "OrderedDict[tuple[str, str], Any]", key: tuple[str, str], value: Any) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > REMEMBERED:
        kept.popitem(last=False)


def _labels(made: Manifest) -> Mapping[str, str]:
    return made["metadata"].get("labels") or {}


def _name(key: Known) -> str:
    return key.name
