"""The house under ``ci``: in this process, or (``--keep``) one that stays."""

import asyncio
import sys
from collections.abc import Callable, Sequence

from homeport.cli.call import Call
from homeport.cli.ci import Asked, Result, Run, report_unopened
from homeport.cli.detached import Failed
from homeport.cli.faults import mistakes
from homeport.cli.foreground import Ending, House
from homeport.cli.opening import settings
from homeport.cli.place import stack_file
from homeport.cli.placing import Placing
from homeport.cli.screen.outputs import Farewells
from homeport.cli.screen.paint import plain
from homeport.cli.screen.terminal import Terminal
from homeport.cli.trial import Verdict
from homeport.cli.watch import Watch
from homeport.model.errors import ConfigError, RefusedError
from homeport.session import RunsAlready, run


async def run_here(
    call: Call,
    asked: Asked,
    sets: Sequence[str],
    jobs: int | None,
    terminal: Terminal,
    tell: Callable[[Result], int],
    *,
    give_up: int,
    placing: Placing,
) -> int:
    """Run ``ci`` on a house of this process; it has ended when this returns."""

    async def show(house: House) -> int:
        trial = await asyncio.to_thread(Run, house.socket, asked, terminal)
        ending = Ending(house, lambda said: terminal.lines([said]), trial.hurry)
        ending.listen()
        result = await asyncio.to_thread(trial.run)
        code = tell(result)
        house.close()
        watch = Watch(house.socket, Farewells(terminal, may_kill=True), logs=False)
        await asyncio.to_thread(watch.run, watch.is_over)
        return ending.code or code

    wanted = settings(call, asked.names, sets, jobs=jobs, give_up=give_up, remember=False, placing=placing)
    try:
        return await run(wanted, show)
    except ConfigError as error:
        said = "\n".join(mistakes(error, plain))
        report_unopened(asked, wanted.file, said, error.what, error.exit_code, terminal)
        raise
    except RunsAlready as running:
        raise RefusedError(
            f"{running.name} runs already, and `ci` starts its own",
            hint="end it with `homeport down`, or use --instance",
        ) from None


def run_kept(
    call: Call,
    asked: Asked,
    sets: Sequence[str],
    jobs: int | None,
    terminal: Terminal,
    *,
    give_up: int,
    placing: Placing,
) -> Result:
    """Run ``ci`` on a detached house that goes on running."""
    from homeport.cli.waiting import open_house

    try:
        more = ["--give-up", str(give_up)]
        opened = open_house(call, asked.names, sets, terminal, manual=False, jobs=jobs, more=more, placing=placing)
    except Failed as failed:
        sys.stderr.write(failed.said)
        sentence = next(iter(failed.said.splitlines()), "the house did not open").removeprefix("error: ")
        report_unopened(asked, stack_file(call), failed.said, sentence, failed.code, terminal)
        return Result(Verdict("failed", sentence), failed.code, 0.0)
    result = Run(opened.socket, asked, terminal).run()
    terminal.lines([f"{opened.name} runs on; `homeport down` ends it"])
    return result
