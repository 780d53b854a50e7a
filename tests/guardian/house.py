"""A small house for drills: starts hostile programs, tells every process id in a line of JSON, and stays until killed.

Usage: ``python house.py linux|portable TEXT…``. Each shell text writes its own process ids, one per line, the last one being
``0`` when it is complete. When the guardian has been replaced, a second line of JSON tells the new one and what was said.
"""

import asyncio
import json
import os
import sys
from typing import Any

from homeport.adapters.process import ProcessRuntime
from homeport.ports.fakes.output import Ear
from homeport.ports.runtime import Launch


async def live(mode: str, texts: list[str]) -> None:
    """Start everything, tell it, and stay."""
    replaced = asyncio.Event()
    heard: list[str] = []

    def say(text: str) -> None:
        heard.append(text)
        replaced.set()

    async with ProcessRuntime(portable=mode == "portable", say=say) as runtime:
        pids: list[int] = []
        for text in texts:
            ear = Ear()
            env = {"PATH": os.environ["PATH"]}
            process = await runtime.spawn(Launch("hostile", ("sh", "-c", text), "/", env), ear)
            lines = await ear.until(b"\n0\n")
            pids += [process.pid, *(int(line) for line in lines.split() if line != b"0")]
        tell(guardian=runtime.guardian, pids=pids)
        await replaced.wait()
        tell(guardian=runtime.guardian, said=heard)
        await asyncio.Event().wait()


def tell(**what: Any) -> None:
    """Write one line of JSON."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(live(sys.argv[1], sys.argv[2:]))
