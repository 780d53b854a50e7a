"""Start the program of a job: as a process of this machine, or in a container on it."""

from homeport.aio.grace import carried_through
from homeport.model.plan import RunService, RunTask
from homeport.ports.logbook import Writer
from homeport.ports.runtime import Process
from homeport.work.containing import container_launch
from homeport.work.launching import launch_of
from homeport.work.outside import Outside
from homeport.work.running import start


async def begin(job: RunService | RunTask, outside: Outside, writer: Writer) -> Process:
    """Start it; what is half begun at a cancel can be ended all the same. Raises OutsideError, RefusedError."""
    if not job.image:
        return await start(outside.runtime, launch_of(job, outside), writer)
    launch = container_launch(job, outside, outside.surroundings.owner)
    await outside.containers.provide(launch.image, writer.note)
    return await carried_through(outside.containers.start(launch, writer.feed, writer.note))
