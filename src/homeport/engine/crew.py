"""Keeps exactly the planned jobs running: the only place where the work of a house becomes tasks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Generic, Protocol, TypeVar

from homeport.aio.latest import Latest


class Job(Protocol):
    """Work that should be going on: ``key`` is the place it takes; another ``identity`` forces a replacement."""

    @property
    def key(self) -> tuple[str, str, int]:
        """The place."""
        ...

    @property
    def identity(self) -> str:
        """What it is made of."""
        ...


J = TypeVar("J", bound=Job)
Place = tuple[str, str, int]


class Crew(Generic[J]):
    """One task per key; never a successor before the predecessor is gone; asked politely once, firmly twice.

    ``work`` gets the job as a changing value: a job that differs in details but not in identity reaches its worker there.
    ``gone`` is called after each end; ``trouble`` when a worker raised, which is a bug: the same job is not started again.
    """

    def __init__(
        self,
        work: Callable[[Latest[J]], Awaitable[None]],
        gone: Callable[[], None],
        trouble: Callable[[J, BaseException], None],
    ) -> None:
        self._work = work
        self._gone = gone
        self._trouble = trouble
        self._places: dict[Place, tuple[Latest[J], asyncio.Task[None]]] = {}
        self._broken: dict[Place, str] = {}
        self._asked: dict[Place, float] = {}

    @property
    def busy(self) -> bool:
        """Whether anybody is still at work."""
        return bool(self._places)

    @property
    def size(self) -> int:
        """How many are at work, those included who are ending."""
        return len(self._places)

    def steer(self, jobs: Mapping[Place, J]) -> None:
        """Start the missing, stop the unwanted, leave the rest alone."""
        for key, (latest, task) in list(self._places.items()):
            job = jobs.get(key)
            if job is latest.value or job == latest.value:
                continue  # no news: a worker that is told of news each time would make some each time
            if job is not None and job.identity == latest.value.identity:
                latest.set(job)
            elif not task.done() and not task.cancelling():
                self._ask(key, task)
        for key, job in jobs.items():
            if key not in self._places and self._broken.get(key) != job.identity:
                self._start(key, job)

    def hurry(self) -> None:
        """Ask everybody again: who drains now ends at once."""
        for key, (_, task) in self._places.items():
            self._ask(key, task)

    def leaving(self) -> list[tuple[J, float]]:
        """Return who was asked to end and has not yet, with the seconds since they were asked."""
        now = asyncio.get_running_loop().time()
        return [(self._places[key][0].value, now - since) for key, since in self._asked.items()]

    def _ask(self, key: Place, task: asyncio.Task[None]) -> None:
        self._asked.setdefault(key, asyncio.get_running_loop().time())
        task.cancel()

    def _start(self, key: Place, job: J) -> None:
        latest = Latest(job)
        self._broken.pop(key, None)
        task = asyncio.ensure_future(self._carry_out(latest))
        task.set_name("/".join(map(str, key)))
        self._places[key] = latest, task
        # Only a done-callback sees every ending: a task cancelled before its first step never runs its `finally`.
        task.add_done_callback(lambda task: self._ended(key, job, task))

    async def _carry_out(self, latest: Latest[J]) -> None:
        await self._work(latest)

    def _ended(self, key: Place, job: J, task: asyncio.Task[None]) -> None:
        del self._places[key]
        self._asked.pop(key, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._broken[key] = job.identity
            self._trouble(job, error)
        self._gone()
