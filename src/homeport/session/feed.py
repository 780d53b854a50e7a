"""The window on a running house: frames out, wishes in."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from homeport.aio.threads import in_thread
from homeport.config.show import show
from homeport.engine.loop import Loop
from homeport.engine.store import Store
from homeport.model.errors import OutsideError, RefusedError
from homeport.model.facts import Evaluated, Watching
from homeport.model.hiding import hidden_in
from homeport.model.meant import meant
from homeport.model.nodes import Service, Task
from homeport.model.places import Place
from homeport.model.placing import placed, staying
from homeport.model.plan import Evaluate, Hold, Job, RunService, RunTask
from homeport.model.snapshot import Snapshot
from homeport.model.view import Frame
from homeport.model.whereabouts import Whereabouts
from homeport.model.wishes import Wishes
from homeport.plan.decision import Answer
from homeport.plan.identity import made_of, own_ports
from homeport.plan.reasons import why
from homeport.plan.views import Seen, draw, is_settled
from homeport.session.sources import Sources
from homeport.session.whereabouts import whereabouts
from homeport.work.launching import launch_of
from homeport.work.outside import Outside

MISSED = 5.0
"""Seconds after which a save of a source of which the watch tells nothing is taken for one that it does not see."""
_LOOK: Final = 0.05
"""Seconds between two looks at the sources, however fast revisions follow one another."""


class HouseFeed:
    """Keeps ports.feed.Feed's promise over an engine's loop and store."""

    def __init__(
        self,
        store: Store,
        loop: Loop[Answer, Job],
        outside: Outside,
        pid: int,
        notices: Callable[[], tuple[str, ...]],
        sources: Sources,
    ) -> None:
        self._store = store
        self._loop = loop
        self._outside = outside
        self._pid = pid
        self._notices = notices
        self._sources = sources
        self._seen: dict[str, Seen] = {}
        self._drawn = -1
        self._changed: dict[str, int] = {}
        self._removed: dict[str, int] = {}

    def frame(self, since: int = 0) -> Frame:
        """Return the house as last planned, or only what changed after revision ``since``."""
        answer = self._loop.answer
        if answer is None:
            see = self._store.snapshot
            return Frame(see.revision, see.graph.stack, self._outside.surroundings.instance, (), pid=self._pid)
        self._draw(answer)
        see = answer.see
        # Not by number alone: the first plan may be of revision 0, and what never changes after it is to be seen too.
        nodes = tuple(seen.view for name, seen in self._seen.items() if not since or self._changed[name] > since)
        removed = tuple(name for name, at in self._removed.items() if at > since) if since else ()
        return Frame(
            see.revision,
            see.graph.stack,
            self._outside.surroundings.instance,
            nodes,
            removed,
            since,
            file=see.graph.file,
            file_error=_file_error(see),
            notices=(*self._notices(), *_watch_notices(see), *_place_notices(see)),
            settled=is_settled(answer) and see.revision == self._store.revision,
            closing=bool(see.closing),
            paused=see.wishes.all_paused,
            pid=self._pid,
        )

    def _draw(self, answer: Answer) -> None:
        """Bring the views up to the newest answer, and note at which revision each changed."""
        revision = answer.see.revision
        if revision == self._drawn:
            return
        self._drawn = revision
        clock = self._outside.clock
        drawn = draw(answer, clock.wall() - clock.now() / 1e6, self._seen)
        for name, seen in drawn.items():
            self._removed.pop(name, None)  # it came back
            old = self._seen.get(name)
            if old is None or old.view != seen.view:
                self._changed[name] = revision
        for name in self._seen.keys() - drawn.keys():
            self._removed[name] = revision
            self._changed.pop(name, None)
        self._seen = drawn

    async def after(self, revision: int) -> Frame:
        """Wait until a plan answered a revision after this one; return what changed."""
        answer = await self._loop.after(revision)
        return self.frame(revision) if answer is not None else self.frame()

    async def caught_up(self) -> None:
        """Wait until the sources that are on disk now were read, and a plan answered what came of it."""
        clock = asyncio.get_running_loop().time
        until = clock() + MISSED
        look_at = clock()
        while True:
            answer = await self._newest()
            if not _is_reading(answer) and not answer.see.closing:
                await asyncio.sleep(max(0.0, look_at - clock()))
                look_at = clock() + _LOOK
                if not await _is_awaited(answer.see, self._sources):
                    answer = await self._newest()  # what was read while we looked is to be in it
                    if not _is_reading(answer):
                        return
            if answer.see.closing:
                return
            try:
                async with asyncio.timeout_at(None if _is_reading(answer) else until):
                    await self._loop.after(answer.see.revision)
            except TimeoutError:
                return

    async def _newest(self) -> Answer:
        """Wait for an answer to the world of now."""
        return await self._loop.after(self._store.revision - 1)

    def why(self, name: str) -> Sequence[tuple[str, Hold]]:
        """Return the chain of holds from a node down to its cause."""
        answer = self._loop.answer
        return tuple(why(name, answer)) if answer is not None else ()

    @property
    def wishes(self) -> Wishes:
        """What people asked for until now."""
        return self._store.snapshot.wishes

    def wish(self, change: Callable[[Wishes], Wishes]) -> None:
        """Change the wishes; they take effect at once and are remembered. Raises OutsideError when they cannot be."""
        before = self._store.snapshot.wishes.options
        wishes = self._store.wish(change)
        if wishes.options != before:  # before anybody is started with a new one
            shell = self._outside.surroundings.shell
            self._outside.vault.hide(hidden_in(self._store.snapshot.graph.nodes.values(), wishes.options, shell))
        try:
            self._outside.memory.keep_wishes(wishes)
        except OutsideError as error:
            what = f"it is done, but the next start will not remember it: {error.what}"
            raise OutsideError(what, hint=error.hint) from error

    def names(self, patterns: Sequence[str]) -> tuple[str, ...]:
        """Return the nodes that names, groups and globs mean."""
        return meant(patterns, self._store.snapshot.graph)

    async def environment(self, name: str) -> tuple[Mapping[str, str], str]:
        """Return the environment and working folder that a service or task would get now."""
        see = self._store.snapshot
        node = see.graph.nodes.get(name)
        if not isinstance(node, Service | Task):
            raise RefusedError(f"{name!r} is not a service or task, so it has no environment")
        if node.run is None:
            raise RefusedError(f"{name!r} is only an image, so it has no environment on this machine")
        made = made_of(node, see)
        if isinstance(made, Hold):
            raise RefusedError(f"the environment of {name!r} is not known yet: {made.reason}")
        if isinstance(node, Service) and node.ports and not own_ports(see.ports(name), 0):
            raise RefusedError(f"the environment of {name!r} is not known yet: waiting for its ports")
        launch = launch_of(_job(node, see, made.values, made.folders), self._outside)
        return launch.env, launch.cwd

    def where(self, name: str) -> Whereabouts:
        """Return where a service or task runs now."""
        return whereabouts(name, self._store.snapshot)

    def places(self, wished: Mapping[str, Place]) -> Mapping[str, Place]:
        """Return wished places by node, ``""`` being everything else."""
        return placed(wished, self._store.snapshot.graph)

    def close(self) -> None:
        """Begin the polite end."""
        self._store.close()


def _job(
    node: Service | Task, see: Snapshot, values: Mapping[str, str], folders: tuple[str, ...]
) -> RunService | RunTask:
    python = see.graph.interpreter
    if isinstance(node, Task):
        return RunTask(
            ("run", node.name, 0), "", node, 0, "", 0, "", values=values, folders=folders, interpreter=python
        )
    own = own_ports(see.ports(node.name), 0)
    key = ("run", node.name, 0)
    return RunService(key, "", node, 0, 1, 0, values=values, own=own, folders=folders, interpreter=python)


def _file_error(see: Snapshot) -> str | None:
    evaluated = see.fact(("file", "", 0), Evaluated)
    return show(evaluated.mistakes, root=see.graph.root) if evaluated is not None and evaluated.mistakes else None


def _is_reading(answer: Answer) -> bool:
    """Whether the stack file is being read, or about to be."""
    return any(isinstance(job, Evaluate) for job in answer.jobs)


async def _is_awaited(see: Snapshot, sources: Sources) -> bool:
    """Whether a source was saved, and the watch is about to tell of it."""
    watching = see.fact(("watch", "", 0), Watching)
    is_blind = watching is not None and watching.blind("") is not None
    return not see.wishes.all_paused and not is_blind and not await in_thread(lambda: sources.are_read)


def _watch_notices(see: Snapshot) -> tuple[str, ...]:
    watching = see.fact(("watch", "", 0), Watching)
    if watching is None or (blind := watching.blind("")) is None:
        return ()
    return (f"saves {'' if watching.error else 'of the stack file '}are not seen: {blind}",)


def _place_notices(see: Snapshot) -> tuple[str, ...]:
    names = staying(see.wishes.places, see.graph)
    if not names:
        return ()
    is_one = len(names) == 1
    said = f"stay{'s' * is_one} on this machine: {'it has' if is_one else 'they have'} no image"
    return (f"{', '.join(names)} {said}",)
