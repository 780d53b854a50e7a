"""Run a task to its end."""

from msgspec.structs import replace

from homeport.model.errors import HomeportError
from homeport.model.facts import Run
from homeport.model.plan import RunTask
from homeport.ports.report import Report
from homeport.work.beginning import begin
from homeport.work.launching import label_of
from homeport.work.outside import Outside
from homeport.work.running import never_ran, never_started, wait_and_end
from homeport.work.service import TAIL
from homeport.work.success import tell_success


async def run_task(job: RunTask, outside: Outside, report: Report) -> None:
    """Start the program and wait for its end; a success is told."""
    clock, task = outside.clock, job.task
    run = Run(job.number, job.identity)
    report.put(job.key, run)
    writer = outside.book.writer(label_of(job), run=job.number)
    try:
        try:
            process = await begin(job, outside, writer)
        except HomeportError as error:
            run = replace(run, ended=never_started(error, clock, writer))
            return
        run = replace(run, pid=process.pid or None, started=clock.now(), wall=clock.wall())
        report.put(job.key, run)
        ended = await wait_and_end(
            process, task.stop, clock, lambda: report.put(job.key, replace(run, stopping=True)), limit=task.timeout
        )
        run = replace(run, ended=ended)
        if ended.ok and not ended.asked:
            tell_success(job, outside, writer, report)
    finally:
        writer.close()
        ended = run.ended or never_ran(clock)
        report.put(job.key, replace(run, ended=ended, tail=() if ended.ok else writer.tail(TAIL)))
