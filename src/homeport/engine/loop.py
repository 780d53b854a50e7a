"""The wheel: snapshot, plan, crew, and around again at the next news or instant."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from homeport.aio.latest import Latest
from homeport.engine.crew import Crew, Job
from homeport.engine.store import Store
from homeport.model.instants import Instant
from homeport.model.snapshot import Snapshot
from homeport.ports.clock import Clock

J = TypeVar("J", bound=Job)
J_co = TypeVar("J_co", bound=Job, covariant=True)


class Answer(Protocol[J_co]):
    """What a plan says."""

    @property
    def jobs(self) -> Mapping[tuple[str, str, int], J_co]:
        """The jobs wanted, by place."""
        ...

    @property
    def wake(self) -> Instant | None:
        """When to look again."""
        ...


A = TypeVar("A", bound=Answer[Any])


class Loop(Generic[A, J]):
    """Turns the wheel until everything has ended after a close."""

    def __init__(
        self, store: Store, crew: Crew[J], decide: Callable[[Snapshot, Instant, A | None], A], clock: Clock
    ) -> None:
        self._store = store
        self._crew = crew
        self._decide = decide
        self._clock = clock
        self._answers: Latest[tuple[int, A] | None] = Latest(None)

    @property
    def answer(self) -> A | None:
        """The newest answer."""
        return self._answers.value[1] if self._answers.value is not None else None

    async def after(self, revision: int) -> A:
        """Wait for an answer to a revision after this one."""
        while self._answers.value is None or self._answers.value[0] <= revision:
            await self._answers.after(self._answers.turn)
        return self._answers.value[1]

    async def run(self) -> None:
        """Turn until closed and nobody is at work any more."""
        while True:
            see = self._store.snapshot
            answer = self._decide(see, self._clock.now(), self.answer)
            self._answers.set((see.revision, answer))
            self._crew.steer(answer.jobs)
            if see.closing and not self._crew.busy:
                return
            await self._store.after(see.revision, answer.wake)
