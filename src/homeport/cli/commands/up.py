"""``homeport up``."""

import asyncio
import os
from typing import TYPE_CHECKING, Any

import click

from homeport.cli import words
from homeport.cli.call import Call, out
from homeport.cli.placing import Placing, placed
from homeport.cli.screen.terminal import Terminal

if TYPE_CHECKING:
    from homeport.cli.attach import Joining
    from homeport.session import House, Settings


@words.command()
@words.names_argument()
@click.option(
    "-d",
    "--detach",
    is_flag=True,
    help="Return when all is ready, or cannot be (a failure, a third crash in a row); the house runs on.",
)
@click.option("--manual", is_flag=True, help="Collect saves without acting on them until `homeport resume`.")
@click.option("--set", "sets", metavar="NAME=VALUE", multiple=True, help="Give an option of the stack a value.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="At most N builds and tasks at a time.")
@click.option("--timeout", type=words.DURATION, help="With -d: stop waiting after this time; the house runs on.")
@click.option(
    "--last-good", is_flag=True, help="While the stack file is broken, run what it said when it last was sound."
)
@placed
@words.json_option
@click.option("--give-up", type=int, hidden=True, help="For ci --keep: crashes after which nothing is retried.")
@click.option("--tell", type=int, hidden=True, help="For -d itself: the descriptor on which to tell that it is open.")
def command(
    call: Call,
    names: tuple[str, ...],
    detach: bool,
    manual: bool,
    sets: tuple[str, ...],
    jobs: int | None,
    timeout: float | None,
    last_good: bool,
    placing: Placing,
    as_json: bool,
    give_up: int | None,
    tell: int | None,
) -> int:
    """Start the stack, or only NAMEs and what they need, and show it. Attaches when this instance already runs."""
    from homeport.cli.assigning import assignments
    from homeport.cli.attach import Joining
    from homeport.cli.opening import settings

    more: dict[str, Any]
    if detach:
        from homeport.cli.waiting import up_detached

        more = {"manual": manual, "jobs": jobs, "last_good": last_good, "placing": placing}
        return up_detached(call, names, sets, timeout=timeout, as_json=as_json, **more)
    terminal = out(call)
    told = None if tell is not None else terminal
    more = {"manual": manual, "jobs": jobs, "give_up": give_up, "last_good": last_good, "placing": placing}
    asked = settings(call, names, sets, terminal=told, **more)
    if tell is not None:
        from homeport.cli.housekeeping import keep_house

        return keep_house(asked, tell)
    return _in_front(asked, Joining(names, assignments(sets), placing), terminal)


def _in_front(asked: "Settings", joining: "Joining", terminal: Terminal) -> int:
    """Open a house and show it, or attach to the one that runs; one that is ending is waited for."""
    from homeport.cli.attach import attach
    from homeport.cli.foreground import show
    from homeport.cli.meeting import answers
    from homeport.cli.remote import standing
    from homeport.cli.screen.farewell import HERE_STAYS, objects_stay
    from homeport.session import RunsAlready, run

    def say(sentence: str) -> None:
        terminal.lines([sentence])

    opened: list[str] = []

    async def shown(house: "House") -> int:
        opened.append(house.name)
        return await show(house, terminal)

    while True:
        try:
            code = asyncio.run(run(asked, shown, say))
            _farewell(terminal, [HERE_STAYS, *map(objects_stay, standing(asked.environ, opened[-1]))])
            return code
        except RunsAlready as running:
            if answers(running, say):
                return attach(running.socket, running.name, joining, terminal)


def _farewell(terminal: Terminal, text: list[str]) -> None:
    try:
        terminal.lines(text)
    except OSError:
        # The terminal is gone, and Python's own flush at exit would turn the exit code into another.
        os.dup2(os.open(os.devnull, os.O_WRONLY), terminal.stream.fileno())
