"""Starting a house in the background and waiting for it, with the picture meanwhile."""

import sys
import time
from collections.abc import Sequence

from homeport.cli import exits, words
from homeport.cli.assigning import assignments
from homeport.cli.attach import Joining, join
from homeport.cli.call import Call, err, out
from homeport.cli.detached import Failed, Opened, start
from homeport.cli.foreground import output_for
from homeport.cli.place import stack_file
from homeport.cli.placing import Placing
from homeport.cli.screen.table import status
from homeport.cli.screen.terminal import Terminal
from homeport.cli.watch import Watch
from homeport.client.client import Client
from homeport.wire.judgement import expected, judge

_ANYWHERE = Placing()


def up_detached(
    call: Call,
    names: Sequence[str],
    sets: Sequence[str],
    *,
    manual: bool,
    jobs: int | None,
    timeout: float | None,
    as_json: bool,
    last_good: bool = False,
    placing: Placing = _ANYWHERE,
) -> int:
    """Start a house, or join the one that runs; wait until all is ready or cannot be; print the table."""
    terminal = err(call) if as_json else out(call)
    try:
        more = ["--last-good"] if last_good else []
        opened = open_house(call, names, sets, terminal, manual=manual, jobs=jobs, more=more, placing=placing)
    except Failed as failed:
        sys.stderr.write(failed.said)
        return failed.code
    try:
        code = wait_for_all(opened, names, terminal, timeout)
    except KeyboardInterrupt:
        terminal.lines(["", "Not waiting any longer; the house runs on. `homeport down` ends it."])
        return exits.INTERRUPTED
    if as_json:
        words.print_json(call, Client(opened.socket).ask("status")["frame"])
    else:
        terminal.lines(status(Client(opened.socket).status(), time.time(), terminal.width, terminal.paint))
    return code


def open_house(
    call: Call,
    names: Sequence[str],
    sets: Sequence[str],
    terminal: Terminal,
    *,
    manual: bool,
    jobs: int | None,
    more: Sequence[str] = (),
    placing: Placing = _ANYWHERE,
) -> Opened:
    """Start a detached house, or let names join the one that runs. Raises Failed when it does not open."""
    told = ["--file", stack_file(call), *(["--instance", call.instance] if call.instance else []), "up", *more]
    told += [*(["--manual"] if manual else []), *(["--jobs", str(jobs)] if jobs else [])]
    told += [*(f"--set={each}" for each in sets), *placing.words()]
    words = [*told, "--", *names] if any(name.startswith("-") for name in names) else [*told, *names]
    opened = start(words, lambda sentence: terminal.lines([sentence]))
    if opened.already:
        join(Client(opened.socket), opened.name, Joining(names, assignments(sets), placing))
    return opened


def wait_for_all(opened: Opened, names: Sequence[str], terminal: Terminal, timeout: float | None) -> int:
    """Show the house until all is ready, one cannot be, or time is up; return the exit code."""
    limit = time.monotonic() + timeout if timeout is not None else None
    current = Client(opened.socket).current(names)  # also by the options that were just given
    meant = [node.name for node in current.nodes] if names else None
    known = Client(opened.socket).status()  # the table at the end says it
    output = output_for(terminal, bottom="waiting until all is ready", may_kill=False, known=known)
    watch = Watch(opened.socket, output, logs=False)
    codes: list[int] = []

    def ends() -> bool:
        frame = watch.board.whole()
        verdict = judge(frame, expected(frame) if meant is None else meant, "ready")
        if verdict.hopeless or frame.closing:
            codes.append(exits.FAILED)
        elif frame.nodes and not verdict.missing:
            codes.append(exits.OK)
        elif limit is not None and time.monotonic() >= limit:
            codes.append(exits.TIMED_OUT)
        return bool(codes)

    watch.run(ends, wake=0.5)
    return codes[0] if codes else exits.NOT_RUNNING
