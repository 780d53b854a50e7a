"""Run a task as a Job of the cluster to its end."""

from typing import Any, Final

from msgspec.structs import replace

from homeport.aio.threads import in_thread
from homeport.model.cluster_jobs import RunPodTask, Scene
from homeport.model.errors import HomeportError, OutsideError
from homeport.model.facts import Ending, Run
from homeport.model.ownership import NAME
from homeport.model.rollouts import Rollout, Tail
from homeport.ports.cluster import Manifest
from homeport.ports.clusters import Opened
from homeport.ports.logbook import Writer
from homeport.ports.report import Report
from homeport.work.cluster.applying import bring, remove, scope_of
from homeport.work.cluster.following import last_lines
from homeport.work.cluster.imaging import made_image
from homeport.work.cluster.telling import rollout_of
from homeport.work.cluster.values import identity_of, values_of
from homeport.work.outside import Outside
from homeport.work.running import never_ran, never_started
from homeport.work.seen.mirror import Mirror
from homeport.work.success import tell_success

TAIL: Final = 12
"""Last lines that are kept with a failure."""


async def run_pod_task(job: RunPodTask, outside: Outside, report: Report) -> None:
    """Make the Job anew and wait for its end; a success is told.

    A house that leaves lets the Job go on: the next one begins with another.
    """
    clock, run = outside.clock, Run(job.number, job.identity, in_cluster=True)
    report.put(job.key, run)
    writer = outside.book.writer(job.task.name, run=job.number)
    try:
        try:
            opened = await outside.cloud.opened()
            made = await _begin(job, opened, outside)
        except HomeportError as error:
            run = replace(run, ended=never_started(error, clock, writer))
            return
        run = replace(run, started=clock.now(), wall=clock.wall())
        report.put(job.key, run)
        ended, lines = await _wait(made, opened, outside)
        run = replace(run, ended=ended, tail=lines)
        if ended.ok:
            tell_success(job, outside, writer, report)
    finally:
        ended = run.ended or never_ran(clock)
        tail = () if ended.ok or ended.asked else run.tail or _tail(job.task.name, outside, writer)
        writer.close()
        report.put(job.key, replace(run, ended=ended, tail=tail))


def _tail(name: str, outside: Outside, writer: Writer) -> tuple[str, ...]:
    """Return the last lines of the task's pods, which are read beside, else our own."""
    return tuple(line.text for line in outside.book.tail([name], TAIL)) or writer.tail(TAIL)


async def _begin(job: RunPodTask, opened: Opened, outside: Outside) -> Manifest:
    """Remove earlier Jobs of the task, wait until their pods are gone, and make the new one; return it."""
    mirror, name = outside.cloud.mirror, job.task.name
    values = await in_thread(lambda: values_of(job.scene.graph, outside))
    turn = f"{outside.surroundings.house}-{job.number}"
    scene = await _with_image(job, outside)
    objects = outside.renderer.node(scene, await identity_of(opened, outside), values, name, turn)
    await remove(opened.cluster, [made for made in mirror.of({NAME: name}) if made["kind"] == "Job"])
    mirror = await outside.cloud.until(
        lambda mirror: not any(made["kind"] in ("Job", "Pod") for made in mirror.of({NAME: name}))
    )
    *around, made = objects
    # The first failure counts, as it does for a program of this machine.
    once: dict[str, Any] = {**made, "spec": {**made["spec"], "backoffLimit": 0}}
    _with_args(once, job.args)
    await bring(opened.cluster, mirror, [*around, once])
    return once


async def _with_image(job: RunPodTask, outside: Outside) -> Scene:
    """Return what is rendered over an image that has the files as they are now. Raises OutsideError when there is none."""
    if job.image is None:
        return job.scene
    made = await made_image(job.image, outside, lambda _: None)
    if not made.name:
        raise OutsideError(f"its image could not be made: {made.error or 'a base of it is not there'}", hint=made.hint)
    name = job.task.name
    commands = {**job.scene.commands, name: made.argv} if made.argv else job.scene.commands
    return replace(job.scene, images={**job.scene.images, name: made.name}, commands=commands)


def _with_args(made: dict[str, Any], args: tuple[str, ...]) -> None:
    if not args:
        return
    container = made["spec"]["template"]["spec"]["containers"][0]
    key = "command" if container.get("command") else "args"
    container[key] = [*container.get(key, ()), *args]


async def _wait(made: Manifest, opened: Opened, outside: Outside) -> tuple[Ending, tuple[str, ...]]:
    """Wait for the end of a Job, or for a reason for which it will not come to one; return it with its last lines."""
    name = made["metadata"]["labels"][NAME]

    def verdict(mirror: Mirror) -> Rollout | None:
        found = rollout_of(mirror, name)
        if found is None or found.object != made["metadata"]["name"]:
            return None
        return found if found.complete or found.ended or found.failure else None

    found = verdict(await outside.cloud.until(lambda mirror: verdict(mirror) is not None))
    assert found is not None
    now = outside.clock.now()
    if found.complete:
        return Ending(now, code=0), ()
    tail = await _last_words(found, opened)
    if not found.ended:
        await opened.cluster.delete(scope_of(made))
    codes = [each.code for pod in found.pods for each in pod.containers if each.state == "ended" and each.code]
    if codes:
        return Ending(now, code=codes[0]), tail
    reason = found.failure or found.detail or "its Job failed"
    return Ending(now, error=reason + (f" ({found.hint})" if found.hint else "")), tail


async def _last_words(found: Rollout, opened: Opened) -> tuple[str, ...]:
    """Return the last lines of what failed, from the cluster: whoever copies logs may not be that far yet."""
    told = found.tail
    ended = [
        Tail(pod.name, each.name)
        for pod in found.pods
        for each in pod.containers
        if each.state == "ended" and each.code
    ]
    tail = told or next(iter(ended), None)
    if tail is None:
        return ()
    return await last_lines(
        opened.cluster, opened.namespace, tail.pod, tail.container, previous=tail.previous, count=TAIL
    )
