"""A real engine, and an instance of its own on it."""

import uuid

from homeport.adapters.containers import DockerContainers
from homeport.ports.containers import Belongs, ContainerLaunch
from homeport.ports.fakes.output import Ear


class Engine:
    """A real engine, and an instance of its own on it."""

    def __init__(self, containers: DockerContainers) -> None:
        self.containers = containers
        self.belongs = Belongs("test", uuid.uuid4().hex, "it", "this-house")

    def shell(self, text: str, label: str = "it") -> ContainerLaunch:
        """Return the launch of a shell text."""
        return ContainerLaunch(label, "busybox", self.belongs, ("sh", "-c", text))

    async def said(self, launch: ContainerLaunch) -> bytes:
        """Return what a container writes until it ends, streams together."""
        ear = Ear()
        process = await self.containers.start(launch, ear)
        await process.wait()
        await process.end("SIGTERM", 5)
        return ear.all("out") + ear.all("err")
