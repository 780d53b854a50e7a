"""The process behind ``up -d``: it runs the house, and nobody watches."""

import asyncio

from homeport.cli.detached import Opened, log_to, mention, tell
from homeport.cli.foreground import House, serve_quietly
from homeport.cli.meeting import answers
from homeport.machine.instances.folders import folders_of
from homeport.session import RunsAlready, Settings, run


def keep_house(settings: Settings, descriptor: int) -> int:
    """Run a house until it is told to end; tell on ``descriptor`` once it can be reached. Returns the exit code.

    One that runs already is joined; one that is ending is waited for, and followed by ours.
    """

    def say(sentence: str) -> None:
        mention(descriptor, sentence)

    async def show(house: House) -> int:
        def opened() -> None:
            tell(descriptor, Opened(house.socket, house.name))
            log_to(str(folders_of(settings.environ).instance(house.name) / "house.log"))

        return await serve_quietly(house, opened)

    while True:
        try:
            return asyncio.run(run(settings, show, say))
        except RunsAlready as running:
            if answers(running, say):
                tell(descriptor, Opened(running.socket, running.name, already=True))
                return 0
