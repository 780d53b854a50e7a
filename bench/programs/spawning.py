"""Print the longest turn of the loop while 200 programs are spawned, ten at a time, and the median time of one spawn."""

import asyncio
import os
import time
from statistics import median

from homeport.adapters.process.runtime import ProcessRuntime
from homeport.ports.runtime import Launch

LAUNCH = Launch("true", ("true",), "/", {"PATH": os.environ["PATH"]})


async def chain(runtime: ProcessRuntime, took: list[float]) -> None:
    """Spawn 20, one after another."""
    for _ in range(20):
        began = time.perf_counter()
        process = await runtime.spawn(LAUNCH, lambda stream, data: None)
        took.append(time.perf_counter() - began)
        await process.wait()
        await process.end("SIGTERM", 1)


async def main() -> None:
    """Measure and print."""
    loop = asyncio.get_running_loop()
    longest, last = 0.0, 0.0
    took: list[float] = []

    def tick() -> None:
        nonlocal longest, last
        now = time.perf_counter()
        longest = max(longest, now - last) if last else 0.0
        last = now
        ticking[0] = loop.call_soon(tick)

    async with ProcessRuntime() as runtime:
        ticking = [loop.call_soon(tick)]
        async with asyncio.TaskGroup() as group:
            for _ in range(10):
                group.create_task(chain(runtime, took))
        ticking[0].cancel()
    print(longest, median(took))


asyncio.run(main())
