"""A small house that runs a container for each shell text, and stays until killed.

Usage: ``python docking.py OWNER FOLDER TEXT…``. Each text writes ``up`` once it is; then a line of JSON tells everything.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from homeport.adapters.containers import DockerContainers
from homeport.adapters.process import ProcessRuntime
from homeport.ports.containers import Belongs, ContainerLaunch
from homeport.ports.fakes.output import Ear


async def live(owner: str, folder: str, texts: list[str]) -> None:
    """Start everything, tell it, and stay."""
    async with ProcessRuntime() as runtime, DockerContainers(os.environ, Path(folder), runtime) as containers:
        for number, text in enumerate(texts):
            ear = Ear()
            belongs = Belongs("test", owner, f"s{number}", "dead-house")
            launch = ContainerLaunch(f"s{number}", "busybox", belongs, ("sh", "-c", text), files={"/x": "x"}, grace=30)
            await containers.start(launch, ear)
            await ear.until(b"up")
        sys.stdout.write(json.dumps({"guardian": runtime.guardian}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(live(sys.argv[1], sys.argv[2], sys.argv[3:]))
