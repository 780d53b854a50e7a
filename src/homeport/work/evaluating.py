"""Read the stack file again. A broken one changes nothing but what is told about it."""

from homeport.model.errors import ConfigError, HomeportError, Mistake
from homeport.model.facts import Evaluated
from homeport.model.plan import Evaluate
from homeport.ports.report import Report
from homeport.work.outside import Outside


async def evaluate(job: Evaluate, outside: Outside, report: Report) -> None:
    """Evaluate, and declare the graph when it is sound."""
    began = outside.clock.now()
    try:
        graph = await outside.evaluator.evaluate(job.file, job.options)
    except HomeportError as error:
        mistakes = error.mistakes if isinstance(error, ConfigError) else (Mistake(error.what, hint=error.hint),)
        sources = error.sources if isinstance(error, ConfigError) else ()
        report.put(job.key, Evaluated(job.identity, mistakes, (outside.clock.now() - began) / 1e6, tuple(sources)))
        return
    report.declare(graph)
    report.put(job.key, Evaluated(job.identity, (), (outside.clock.now() - began) / 1e6))
