"""One running house: the wheel, the doors, and the way out."""

import asyncio
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from homeport.aio.threads import in_thread
from homeport.engine.crew import Crew
from homeport.engine.loop import Loop
from homeport.engine.store import Store
from homeport.kit import shortage
from homeport.kit.masking import Mask
from homeport.model.plan import Job, RunService, RunTask
from homeport.model.view import EngineView
from homeport.plan.decision import Answer
from homeport.plan.steer import plan
from homeport.ports.logbook import LogBook
from homeport.ports.vault import Hidden
from homeport.session.feed import HouseFeed
from homeport.session.keeping import Keeping, Remembering
from homeport.session.notices import Notices
from homeport.session.sources import Sources
from homeport.work.outside import Outside
from homeport.work.roster import roster

HURRY = 0.1
"""Seconds between two firm requests while a house is killed."""


class House:
    """A house while it runs: ``feed`` and ``book`` to look and wish, ``close`` and ``kill`` to end it."""

    def __init__(
        self,
        store: Store,
        outside: Outside,
        notices: Notices,
        sources: Sources,
        *,
        stack: str,
        root: str,
        socket: str,
        pid: int,
    ) -> None:
        self.name = outside.surroundings.instance
        self.stack = stack
        self.root = root
        self.socket = socket
        self.book: LogBook = outside.book
        self._outside = outside
        self._mask = Mask(outside.vault.secrets)
        self.opened = outside.clock.wall()
        self._store = store
        self._notices = notices
        self._crew = Crew(roster(outside, Remembering(store, outside.memory, notices.say)), store.touch, self._trouble)
        self._loop: Loop[Answer, Job] = Loop(store, self._crew, plan, outside.clock)
        self.feed = HouseFeed(store, self._loop, outside, pid, notices.all, sources)

    @property
    def file(self) -> str:
        """The stack file."""
        return self._store.snapshot.graph.file

    async def planned(self) -> None:
        """Wait until there is something to look at: the first answer of the plan."""
        await self._loop.after(-1)

    async def run(self) -> None:
        """Turn the wheel until everything has ended after a close."""
        loop = asyncio.get_running_loop()
        self._notices.listen(lambda: loop.call_soon_threadsafe(self._store.touch))
        see, outside = self._store.snapshot, self._outside
        keeping = Keeping(outside.vault, outside.memory, outside.surroundings.shell, self._notices.say)
        await in_thread(lambda: keeping.keep(see.graph, see.wishes.options))
        await self._loop.run()

    def close(self) -> None:
        """End politely: dependents first, each with its grace."""
        self._store.close()

    def kill(self) -> None:
        """End everything now: nobody waits for anybody, and nobody has any grace left."""
        self._store.close(at_once=True)
        self._outside.runtime.hurry()
        self._hurry()

    def _hurry(self) -> None:
        if self._crew.busy:
            self._crew.hurry()
            asyncio.get_running_loop().call_later(HURRY, self._hurry)

    def engine(self) -> EngineView:
        """Return what the engine keeps going."""
        planned = len(self._loop.answer.jobs) if self._loop.answer is not None else 0
        return EngineView(planned, self._crew.size, len(asyncio.all_tasks()))

    def left(self) -> Sequence[tuple[str, float]]:
        """Return who is still stopping and the seconds of grace left."""
        found = []
        for job, since in self._crew.leaving():
            if isinstance(job, RunService):
                found.append((job.service.name, max(0.0, job.service.stop.grace - since)))
            elif isinstance(job, RunTask):
                found.append((job.task.name, max(0.0, job.task.stop.grace - since)))
        return found

    def mask(self, text: str) -> str:
        """Return a text without the secret values that are known by now."""
        return self._mask.text(text)

    def hidden(self) -> Sequence[Hidden]:
        """Return what is treated as secret, for ``doctor``; never a value."""
        return self._outside.vault.hidden()

    def unexpected(self, _loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        """Take what the event loop says of a call that raised where nobody waits for it: a limit of the system, else a bug."""
        error = context.get("exception") or RuntimeError(str(context.get("message")))
        if (short := shortage.of_error(error)) is not None:  # asyncio itself tries again, such as to accept a client
            self._notices.say_once(f"{short.reason}: commands may have to wait ({short.hint})")
            return
        self._bug(str(context.get("message") or "a callback"), error)

    def _trouble(self, job: Job, error: BaseException) -> None:
        """A worker raised: that is a bug of ours. Tell it, keep the trace, and go on with everything else."""
        self._bug("/".join(map(str, job.key)), error)

    def _bug(self, where: str, error: BaseException) -> None:
        trace = "".join(traceback.format_exception(error))
        writer = self.book.writer("homeport", run=1)
        writer.feed("err", f"{where}\n{trace}".encode())
        writer.close()
        # Neither where nor what in its own words: they may quote a secret, and only logs are masked.
        self._notices.say(f"bug in Homeport ({type(error).__name__}); what it was doing is in `homeport logs homeport`")
