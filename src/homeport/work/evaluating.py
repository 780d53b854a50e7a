"""Read the stack file again. A broken one changes nothing but what is told about it."""

from msgspec.structs import replace

from homeport.model.errors import ConfigError, HomeportError, Mistake
from homeport.model.facts import Evaluated
from homeport.model.instants import Instant
from homeport.model.plan import Evaluate
from homeport.ports.report import Report
from homeport.work.outside import Outside

AGAIN = "it is tried again by itself"
"""What is told of a shortage that may pass."""


async def evaluate(job: Evaluate, outside: Outside, report: Report) -> None:
    """Evaluate, and declare the graph when it is sound."""
    try:
        graph = await outside.evaluator.evaluate(job.file, job.options)
    except HomeportError as error:
        report.put(job.key, _failed(job, error, outside.clock.now()))
        return
    report.declare(graph)
    report.put(job.key, Evaluated(job.identity))


def _failed(job: Evaluate, error: HomeportError, now: Instant) -> Evaluated:
    if not isinstance(error, ConfigError):
        return Evaluated(job.identity, (Mistake(error.what, hint=error.hint),))
    failed = Evaluated(job.identity, error.mistakes, error.sources)
    if not error.passing:
        return failed
    told = tuple(replace(each, hint="; ".join(filter(None, (each.hint, AGAIN)))) for each in error.mistakes)
    return replace(failed, mistakes=told, short=job.short + 1, at=now)
