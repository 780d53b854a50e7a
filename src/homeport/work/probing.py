"""Watch the health of one run: eager while it starts, calm once it is well, wary after a first bad look."""

import asyncio
from collections.abc import Awaitable, Callable

from homeport.aio.grace import carried_through
from homeport.kit.masking import Mask
from homeport.model.errors import HomeportError
from homeport.model.facts import Health
from homeport.model.instants import SECOND, Instant
from homeport.model.parts import CommandProbe, HttpProbe, LogProbe, Probe, TcpProbe, Timing
from homeport.model.plan import ProbeRun
from homeport.ports.clock import Clock
from homeport.ports.prober import Look
from homeport.ports.report import Report
from homeport.ports.runtime import Output, Process
from homeport.work.containing import argv_inside
from homeport.work.launching import label_of, launch_of, resolver_of
from homeport.work.outside import Outside
from homeport.work.patience import was_held_up
from homeport.work.running import was_cancelled

EAGER_FIRST, EAGER_LONGEST, EAGER_GROWTH = 0.02, 0.25, 1.4
CALM, WARY = 10.0, 1.0
"""Seconds between looks while a program starts (growing), is well, or has just looked bad."""
FAIR = 3
"""Looks at most of which the first ones do not count because we were held up."""
PATIENCE: Instant = SECOND
"""How long a start may take before what its probe says is told."""

KEPT, SHOWN = 4096, 400
"""Bytes of a probing command's output that are kept, and letters shown: many more are kept, so that no secret is cut."""

Check = Callable[[], Awaitable[str | None]]


async def probe_run(job: ProbeRun, outside: Outside, report: Report) -> None:
    """Look until cancelled, and report each turn."""
    probe = (job.service.live if job.live else job.service.ready) or TcpProbe()
    await asyncio.sleep(probe.timing.after)
    if isinstance(probe, LogProbe):
        await _wait_for_line(job, probe, outside, report)
        return
    await _keep_looking(job, probe.timing, _check_of(job, probe, outside), outside, report)


async def _wait_for_line(job: ProbeRun, probe: LogProbe, outside: Outside, report: Report) -> None:
    report.put(job.key, Health(job.number, reason=f"no line matches {probe.pattern!r} yet"))
    pen = outside.pens.of(job.service.name, job.replica)
    if pen is not None:
        await pen.wait_for(probe.pattern)
        report.put(job.key, Health(job.number, ready=True, since=outside.clock.now(), was_ready=True))
    # The verdict stands as long as the run: who ended here would be started again, to no end.
    await asyncio.get_running_loop().create_future()


async def _keep_looking(job: ProbeRun, timing: Timing, check: Check, outside: Outside, report: Report) -> None:
    health = Health(job.number)
    good = bad = 0
    pause = EAGER_FIRST
    began = outside.clock.now()
    while True:
        reason = await _fair_look(check, timing, outside.clock)
        good, bad = (good + 1, 0) if reason is None else (0, bad + 1)
        turned = _turned(health, timing, good, bad, live=job.live)
        if turned is not None:
            health = Health(
                job.number,
                turned,
                outside.clock.now(),
                reason or "",
                job.live and not turned,
                health.was_ready or turned,
            )
            report.put(job.key, health)
        elif (
            reason is not None and reason != health.reason and _is_worth_telling(health, began, outside, live=job.live)
        ):
            health = Health(job.number, False, health.since, reason, False, health.was_ready)
            report.put(job.key, health)
        if health.dead:
            return
        pause = _pause(timing, health, bad, pause, live=job.live)
        await asyncio.sleep(pause)


async def _fair_look(check: Check, timing: Timing, clock: Clock) -> str | None:
    """Look; a bad look during which we were held up ourselves says nothing, and is followed by another at once.

    Not for ever: on a machine that is always short of processor time somebody has to be believed.
    """
    reason = None
    for _ in range(FAIR):
        began = clock.now()
        reason = await check()
        if reason is None or not was_held_up(began, timing.timeout, clock):
            break
    return reason


def _is_worth_telling(health: Health, began: Instant, outside: Outside, *, live: bool) -> bool:
    """Whether a complaint is news: hardly any program answers at once, so a start is given a moment first."""
    return not live and not health.ready and (health.was_ready or outside.clock.now() - began >= PATIENCE)


def _turned(health: Health, timing: Timing, good: int, bad: int, *, live: bool) -> bool | None:
    """Return the new verdict when enough looks agree on one that differs, else None."""
    if good:
        return True if good >= timing.successes and not health.ready else None
    # For readiness a program that never answered is still starting; liveness begins when it was ready once.
    return False if bad >= timing.failures and (health.ready or live) else None


def _pause(timing: Timing, health: Health, bad: int, last: float, *, live: bool) -> float:
    calm = timing.every if timing.every is not None else CALM
    if health.ready and not bad:
        return calm
    if health.ready or live:
        return min(calm, WARY)
    return min(last * EAGER_GROWTH, EAGER_LONGEST, calm)


def _check_of(job: ProbeRun, probe: Probe, outside: Outside) -> Check:
    match probe:
        case HttpProbe():
            port = job.own[probe.port or job.service.ports[0].name]
            resolver = resolver_of(job, outside)
            headers = tuple((name, resolver.text(value)) for name, value in probe.headers.items())
            look = Look(port, probe.path, probe.statuses, headers, probe.timing.timeout)
            return lambda: outside.prober.look(look)
        case CommandProbe():
            mask = Mask(outside.vault.secrets)
            return lambda: _run_command(job, probe, outside, mask)
        case TcpProbe():
            port = job.own[probe.port or job.service.ports[0].name]
            look = Look(port, timeout=probe.timing.timeout, relayed=bool(job.image))
            return lambda: outside.prober.look(look)
        case _:
            raise AssertionError(probe)


async def _spawned(job: ProbeRun, probe: CommandProbe, outside: Outside, keep: Output) -> Process:
    """Start the command beside the program: as another process here, or in its container."""
    if job.image:
        return await outside.containers.run_in(label_of(job), argv_inside(job, outside, probe.run), keep)
    return await outside.runtime.spawn(launch_of(job, outside, probe.run), keep)


async def _run_command(job: ProbeRun, probe: CommandProbe, outside: Outside, mask: Mask) -> str | None:
    """Run the command in the service's environment; its last line says why not, without secrets."""
    said = bytearray()

    def keep(_: str, data: bytes) -> None:
        said.extend(data)
        del said[:-KEPT]

    try:
        process = await carried_through(_spawned(job, probe, outside, keep))
    except HomeportError as error:
        return f"the probe could not be started: {error.what}"
    try:
        if was_cancelled():
            raise asyncio.CancelledError
        async with asyncio.timeout(probe.timing.timeout):
            exit_ = await process.wait()
    except TimeoutError:
        return f"the probe gave no verdict within {probe.timing.timeout:g} s"
    finally:
        await process.end("SIGKILL", 0)
    if exit_.code == 0:
        return None
    lines = mask.apply(bytes(said)).decode("utf-8", "replace").strip().splitlines()
    how = f"exit code {exit_.code}" if exit_.code is not None else f"killed by {exit_.signal}"
    return f"the probe ended with {how}" + (f": {lines[-1].strip()[-SHOWN:]}" if lines else "")
