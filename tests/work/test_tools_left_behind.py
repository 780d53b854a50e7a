"""A fetch that nobody waits for any more is heard no more."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace

from workshop import AT, Workshop

from homeport.model.facts import Provided
from homeport.model.nodes import Tool
from homeport.model.plan import ProvideTool
from homeport.work.providing import provide_tool


class SlowToolbox:
    """Begins to fetch, and goes on when it is allowed to."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.ended = threading.Event()

    def provide(self, tool: Tool, identity: str, say: Callable[[str], None]) -> Provided:
        """Tell progress before and after the pause."""
        say("half")
        self.begun.set()
        self.go_on.wait()
        say("whole")
        self.ended.set()
        return Provided(identity)


async def test_an_abandoned_fetch_writes_no_fact() -> None:
    """A key has one writer: what an earlier fetch still says does not overwrite its successor's facts."""
    shop, box = Workshop(), SlowToolbox()
    told: list[object] = []

    class Report:
        def put(self, key: object, fact: object) -> None:
            told.append(fact)

        def declare(self, graph: object) -> None:
            raise AssertionError(graph)

    job = ProvideTool(("tool", "node", 0), "id", Tool("node", AT, "node"))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(provide_tool(job, replace(shop.outside, toolbox=box), Report()))
        await asyncio.to_thread(box.begun.wait)
        task.cancel()
    told.clear()
    box.go_on.set()
    await asyncio.to_thread(box.ended.wait)
    assert told == []
