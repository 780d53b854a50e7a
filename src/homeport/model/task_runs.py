"""What it takes to run a task, wherever it runs."""

from msgspec import Struct

from homeport.model.facts import Done, Key
from homeport.model.nodes import Task


class TaskRun(Struct, frozen=True):
    """A task that is to run to its end.

    On success it reports ``Done`` with ``stamp``, ``turn``, ``runs`` and one more than ``count``.
    """

    key: Key
    identity: str
    task: Task
    number: int
    stamp: str
    turn: int
    runs: str
    count: int = 0
    args: tuple[str, ...] = ()

    @property
    def success(self) -> Done:
        """What is known once it succeeded."""
        return Done(self.stamp, self.count + 1, self.turn, self.runs)
