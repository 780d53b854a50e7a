"""A task succeeded: that is reported, and remembered where later houses may skip it."""

from homeport.model.errors import OutsideError
from homeport.model.task_runs import TaskRun
from homeport.ports.logbook import Writer
from homeport.ports.report import Report
from homeport.work.outside import Outside


def tell_success(job: TaskRun, outside: Outside, writer: Writer, report: Report) -> None:
    """Report the success of a task; that it cannot be remembered is told in its log."""
    if job.task.inputs:  # one without inputs runs anew in every house, so none will ask
        try:
            outside.memory.keep_done(job.task.name, job.success)
        except OutsideError as error:  # a full disk, say: who waits for this task need not
            writer.note(f"its success is not remembered: {error.what}")
    report.put(("done", job.task.name, 0), job.success)
