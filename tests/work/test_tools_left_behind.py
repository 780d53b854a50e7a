"""A fetch that nobody waits for any more is called back."""

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
    """Begins to fetch, and goes on until it is called back."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.called_back = threading.Event()
        self.ended = False

    def provide(self, tool: Tool, identity: str, say: Callable[[str], None]) -> Provided:
        """Fetch for ever."""
        self.begun.set()
        self.called_back.wait()
        self.ended = True
        return Provided(identity, missing="called back")

    def leave(self, identity: str) -> None:
        """Call it back."""
        self.called_back.set()


async def test_a_cancel_calls_the_fetch_back_and_waits_for_its_end() -> None:
    """Who ends while a tool is fetched leaves no fetch behind, and tells nothing about it."""
    shop, box = Workshop(), SlowToolbox()
    job = ProvideTool(("tool", "node", 0), "id", Tool("node", AT, "node"))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(provide_tool(job, replace(shop.outside, toolbox=box), shop))
        await asyncio.to_thread(box.begun.wait)
        task.cancel()
    assert box.ended
    assert task.cancelled()
    assert shop.facts == []
