"""A small house that promises containers to its guardian, and stays until killed.

Usage: ``python promising.py ADDRESS GRACE SURE NAME…``; a name with ``-`` before it is released again. It tells its guardian's
process id in a line, and for each line that it reads the next one.
"""

import asyncio
import sys

from homeport.adapters.process import ProcessRuntime
from homeport.ports.containers import Promise


async def live(address: str, grace: str, sure: str, names: list[str]) -> None:
    """Promise everything, tell the guardian, and stay."""
    replaced = asyncio.Event()
    async with ProcessRuntime(say=lambda _: replaced.set()) as runtime:
        for name in names:
            runtime.promise(Promise(name.removeprefix("-"), address, grace=float(grace), sure=sure == "1"))
            if name.startswith("-"):
                runtime.release(name.removeprefix("-"))
        sys.stdout.write(f"{runtime.guardian}\n")
        sys.stdout.flush()
        await replaced.wait()
        sys.stdout.write(f"{runtime.guardian}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(live(*sys.argv[1:4], sys.argv[4:]))
