"""Run one replica of a service."""

from msgspec.structs import replace

from homeport.model.errors import HomeportError
from homeport.model.facts import Ending, Run
from homeport.model.plan import RunService
from homeport.ports.report import Report
from homeport.work.beginning import begin
from homeport.work.launching import data_id, label_of
from homeport.work.outside import Outside
from homeport.work.running import never_ran, never_started, wait_and_end

LAST_CALLS = 0.1
"""Seconds that a replica goes on after its shared address sends nobody to it: connections on their way are answered."""
TAIL = 12
"""Last lines that are kept with an end nobody asked for."""


async def run_service(job: RunService, outside: Outside, report: Report) -> None:
    """Start the program, say that it runs, wait for its end or for a cancel, and leave nothing of it behind."""
    clock, name = outside.clock, job.service.name
    run = Run(job.number, job.identity, job.crashes, ports=dict(job.own))
    report.put(job.key, run)
    writer = outside.book.writer(label_of(job), run=job.number, keep=job.service.logs)
    outside.pens.lend(name, job.replica, writer)
    try:
        try:
            run = replace(run, data_id=data_id(job.service, outside, job.number))
            process = await begin(job, outside, writer)
        except HomeportError as error:
            run = replace(run, ended=never_started(error, clock, writer))
            return
        run = replace(run, pid=process.pid or None, started=clock.now(), wall=clock.wall())
        report.put(job.key, run)

        def fallen(ended: Ending) -> None:
            # Nobody may lean on it from now on, although its place is not free before all is gone that it started.
            writer.note(f"ended by itself: {ended}")
            report.put(job.key, replace(run, ended=ended, tail=writer.tail(TAIL), clearing=True))

        ended = await wait_and_end(
            process,
            job.service.stop,
            clock,
            lambda: report.put(job.key, replace(run, stopping=True)),
            fallen=fallen,
            pause=LAST_CALLS if job.replicas > 1 and job.service.ports else 0.0,
        )
        run = replace(run, ended=ended)
    finally:
        writer.close()
        outside.pens.take_back(name, job.replica)
        ended = run.ended or never_ran(clock)
        report.put(job.key, replace(run, ended=ended, tail=() if ended.asked else writer.tail(TAIL)))
