"""``homeport ci``."""

import asyncio

import click

from homeport.cli import words
from homeport.cli.call import Call, err, out
from homeport.cli.placing import Placing, placed

_GIVE_UP = 3
"""Crashes in a row after which a service has failed for good."""


@words.command(rest=True)
@words.names_argument()
@click.option("--keep", is_flag=True, help="Leave the house running, whatever the verdict.")
@click.option(
    "--timeout", type=words.DURATION, default=1800.0, show_default="30 minutes", help="Limit for getting ready."
)
@click.option("--build-timeout", type=words.DURATION, help="Limit for each build.")
@click.option("--start-timeout", type=words.DURATION, help="Limit for each start, from exec to ready.")
@click.option("--report", metavar="DIR", help="Write homeport.xml (JUnit) and homeport.json there, also on time-out.")
@click.option("--set", "sets", metavar="NAME=VALUE", multiple=True, help="Give an option of the stack a value.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="At most N builds and tasks at a time.")
@placed
@words.json_option
def command(
    call: Call,
    names: tuple[str, ...],
    rest: tuple[str, ...] | None,
    keep: bool,
    timeout: float,
    build_timeout: float | None,
    start_timeout: float | None,
    report: str | None,
    sets: tuple[str, ...],
    jobs: int | None,
    placing: Placing,
    as_json: bool,
) -> int:
    """Start everything, wait, run the words after -- against the healthy stack, give a verdict, stop.

    Exits with the command's code, or the verdict's.
    """
    from homeport.cli.ci import Asked, Result
    from homeport.cli.hiding import mask_for
    from homeport.cli.trial import Limits
    from homeport.model.errors import RefusedError

    if rest is not None and not rest:
        raise RefusedError("no command follows --", hint="homeport ci -- pytest")
    limits = Limits(timeout, build_timeout, start_timeout)

    def mask(word: str) -> str:
        return mask_for(call)(word)  # what is secret is known once the house was there

    asked = Asked(names, limits, report, rest, dict(call.environ), mask=mask)
    terminal = err(call) if as_json else out(call)

    def tell(result: Result) -> int:
        if as_json:
            found = {"outcome": result.verdict.outcome, "sentence": result.verdict.sentence}
            more = {"cause": result.verdict.cause, "seconds": round(result.seconds, 3), "exit": result.code}
            words.print_json(call, {**found, **more})
        return result.code

    if keep:
        from homeport.cli.ci_house import run_kept

        return tell(run_kept(call, asked, sets, jobs, terminal, give_up=_GIVE_UP, placing=placing))
    from homeport.cli.ci_house import run_here

    return asyncio.run(run_here(call, asked, sets, jobs, terminal, tell, give_up=_GIVE_UP, placing=placing))
