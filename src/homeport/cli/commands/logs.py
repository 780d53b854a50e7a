"""``homeport logs``."""

import time

import click

from homeport.cli import words
from homeport.cli.call import Call, out

_PAUSE, _LONGEST = 0.005, 0.05
"""Seconds between two looks for new lines: longer and longer while nobody writes."""


@words.command()
@words.names_argument()
@click.option("-c", "--container", metavar="NAME", help="Lines of this container of pods (default: of all of them).")
@click.option("-f", "--follow", is_flag=True, help="Go on with new lines until Ctrl-C.")
@click.option("--since", metavar="WHEN", help="Lines of the last 10m, 2h, …, or since a time such as 2026-03-01T12:00.")
@click.option(
    "--tail", type=click.IntRange(min=0), metavar="N", help="The last N lines (default: 200; all with a filter)."
)
@click.option("--grep", metavar="REGEX", help="Lines in which the regular expression is found.")
@click.option("--level", type=click.Choice(["debug", "info", "warning", "error"]), help="Lines of at least this level.")
@click.option(
    "--run", type=int, metavar="N", help="Lines of the latest run (0), of the one before it (-1), …, of run N."
)
@words.json_option
def command(
    call: Call,
    names: tuple[str, ...],
    container: str | None,
    follow: bool,
    since: str | None,
    tail: int | None,
    grep: str | None,
    level: str | None,
    run: int | None,
    as_json: bool,
) -> None:
    """Show what the programs said, over all runs; works whether the house runs or not.

    A service's name means all its replicas and sidecars; NAME/CONTAINER is one container, NAME.REPLICA one replica.
    """
    import re

    from homeport.cli.offline import instance_of, log_names, of_container
    from homeport.cli.printing import printer
    from homeport.logs.reader import LogReader
    from homeport.model.errors import RefusedError
    from homeport.model.queries import Query

    reader = LogReader(instance_of(call).logs)
    services = log_names(call, reader, names)
    if container is not None:
        services = of_container(reader, services, container)
    if follow and run is not None:
        raise RefusedError("--run is of no use with --follow: new lines are of new runs", hint="leave one of them out")
    query = Query(since=_instant(since, time.time()), grep=grep, level=level, run=run)  # type: ignore[arg-type]
    show = printer(out(call), services or reader.services(), as_json=as_json)
    try:
        fresh = reader.fresh(services, query) if follow else None
        if fresh is not None:
            next(fresh)  # begins here: what is written from now on is not missed
        if tail is None and (since or grep or run is not None):
            show(reader.lines(services, query))
        else:
            show(reader.tail(services, 200 if tail is None else tail, query))
    except re.error as error:
        raise RefusedError(
            f'--grep "{grep}" is not a regular expression: {error}', hint="put a backslash before . * + ? ( ["
        ) from None
    quiet = 0.0
    while fresh is not None:
        lines = next(fresh)
        show(lines)
        quiet = 0.0 if lines else min(quiet + _PAUSE, _LONGEST)
        time.sleep(quiet)


def _instant(since: str | None, now: float) -> float | None:
    """Return the instant that a person means by a duration or a local time. Raises RefusedError for anything else."""
    from datetime import datetime

    from homeport.kit.durations import seconds
    from homeport.model.errors import RefusedError

    if since is None:
        return None
    try:
        return now - seconds(since)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(since).astimezone().timestamp()
    except ValueError:
        raise RefusedError(
            f'--since "{since}" is neither a duration nor a time', hint="write 10m, 2h, 3d or 2026-03-01T12:00"
        ) from None
