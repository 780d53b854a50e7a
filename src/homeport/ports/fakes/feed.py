"""A feed that shows what it is given."""

import asyncio
import fnmatch
from collections.abc import Awaitable, Callable, Mapping, Sequence

from msgspec.structs import replace

from homeport.model.errors import RefusedError
from homeport.model.places import Place
from homeport.model.plan import Hold
from homeport.model.view import Frame, NodeView
from homeport.model.whereabouts import Whereabouts
from homeport.model.wishes import Wishes


class FakeFeed:
    """Keeps nodes, holds and wishes; every change is a new revision."""

    def __init__(self, *nodes: NodeView, stack: str = "demo", instance: str = "demo") -> None:
        self.wishes = Wishes()
        self.holds: dict[str, Hold] = {}
        self.environments: dict[str, tuple[Mapping[str, str], str]] = {}
        self.wheres: dict[str, Whereabouts] = {}
        self._house = Frame(revision=0, stack=stack, instance=instance, nodes=(), file="stack.py", pid=1)
        self._nodes: dict[str, tuple[int, NodeView | None]] = {}
        self._news = asyncio.Event()
        self.is_behind = False
        for node in nodes:
            self.put(node)

    def put(self, node: NodeView) -> None:
        """Show a node in another state."""
        self._nodes[node.name] = (self._turn(), node)

    def remove(self, name: str) -> None:
        """Show a node no more."""
        self._nodes[name] = (self._turn(), None)

    def say(self, **changes: object) -> None:
        """Change what the frame says of the house as a whole."""
        self._house = replace(self._house, **changes)
        self._turn()

    def frame(self, since: int = 0) -> Frame:
        """Return the house now, or what changed after revision ``since``."""
        news = [(name, node) for name, (revision, node) in self._nodes.items() if revision > since]
        return replace(
            self._house,
            nodes=tuple(node for _, node in news if node is not None),
            removed=tuple(name for name, node in news if node is None) if since else (),
            since=since,
        )

    async def after(self, revision: int) -> Frame:
        """Wait for a revision after this one."""
        while self._house.revision <= revision:
            await self._news.wait()
        return self.frame(revision)

    async def caught_up(self) -> None:
        """Wait until ``is_behind`` no more."""
        while self.is_behind:
            await self._news.wait()

    def why(self, name: str) -> Sequence[tuple[str, Hold]]:
        """Return the chain of the holds that were put in."""
        chain: list[tuple[str, Hold]] = []
        while name in self.holds and name not in [seen for seen, _ in chain]:
            chain.append((name, self.holds[name]))
            name = self.holds[name].cause or ""
        return chain

    def wish(self, change: Callable[[Wishes], Wishes]) -> None:
        """Change the wishes."""
        self.wishes = change(self.wishes)
        self._turn()

    def environment(self, name: str) -> Awaitable[tuple[Mapping[str, str], str]]:
        """Return the environment that was put in."""

        async def found() -> tuple[Mapping[str, str], str]:
            return self.environments.get(name, ({}, "/"))

        return found()

    def where(self, name: str) -> Whereabouts:
        """Return what was put in; on this machine else."""
        return self.wheres.get(name, Whereabouts())

    def names(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """Return the nodes that names, groups and globs mean."""
        alive = [node for _, node in self._nodes.values() if node is not None]
        found: dict[str, None] = {}
        for pattern in patterns:
            fits = [n.name for n in alive if fnmatch.fnmatchcase(n.name, pattern) or pattern in n.groups]
            if not fits:
                known = ", ".join(node.name for node in alive)
                raise RefusedError(f'nothing is called "{pattern}"', hint=f"the stack has {known}")
            found.update(dict.fromkeys(fits))
        return tuple(found)

    def places(self, wished: Mapping[str, Place]) -> Mapping[str, Place]:
        """Return what the names mean; everything can be everywhere."""
        return {name: place for word, place in wished.items() for name in (self.names([word]) if word else [""])}

    def close(self) -> None:
        """Begin the polite end."""
        self.say(closing=True)

    def _turn(self) -> int:
        revision = self._house.revision + 1
        self._house = replace(self._house, revision=revision)
        self._news.set()
        self._news = asyncio.Event()
        return revision
