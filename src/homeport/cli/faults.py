"""Errors as people read them: what, where, what was expected, one next step; and the exit code that goes with each."""

import os
import sys
import traceback

from homeport.cli import exits
from homeport.cli.call import Call, err
from homeport.cli.hiding import mask_for
from homeport.cli.place import NotRunningError
from homeport.cli.screen.paint import Paint
from homeport.cli.screen.terminal import UnwritableError
from homeport.client.connection import GoneError, SilentError
from homeport.config.show import show_one
from homeport.kit import shortage
from homeport.model.errors import Bug, ConfigError, HomeportError


def explain(call: Call, error: BaseException) -> int:
    """Print an error to standard error; return the exit code."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    terminal = err(call)
    match error:
        case KeyboardInterrupt():
            return exits.INTERRUPTED
        case BrokenPipeError():
            _drop_output()
            return exits.FAILED
        case UnwritableError():
            _drop_output()
            terminal.lines(
                sentence(f"the output cannot be written: {error.strerror}", "make room there", terminal.paint)
            )
            return exits.OUTSIDE
        case NotRunningError():
            what = f'"{error.name}" does not run' if error.name else "this stack does not run"
            terminal.lines(sentence(what, "`homeport up` starts it, `homeport ps` lists what runs", terminal.paint))
            return exits.NOT_RUNNING
        case GoneError():
            terminal.lines(sentence("the house ended meanwhile", "`homeport up` starts it again", terminal.paint))
            return exits.NOT_RUNNING
        case SilentError():
            terminal.lines(_silent(error, terminal.paint))
            return exits.OUTSIDE
        case ConfigError():
            terminal.lines(mistakes(error, terminal.paint))
            return error.exit_code
        case HomeportError() if not isinstance(error, Bug):
            terminal.lines(sentence(error.what, error.hint, terminal.paint))
            return error.exit_code
        case _ if (short := shortage.of_error(error)) is not None:
            terminal.lines(sentence(f"this machine has reached a limit: {short.reason}", short.hint, terminal.paint))
            return exits.OUTSIDE
        case _:
            terminal.lines(_bug(call, error, terminal.paint))
            return exits.BUG


def _silent(error: SilentError, paint: Paint) -> list[str]:
    who = f", process {error.pid}," if error.pid else ""
    kill = f"kill -9 {error.pid}" if error.pid else "kill its process (`homeport ps --json` has its number)"
    return sentence(f"the house{who} runs but does not answer", f"wait, or {kill}: what it runs is ended too", paint)


def sentence(what: str, hint: str | None, paint: Paint) -> list[str]:
    """Return an error in one or two lines."""
    lines = [f"{paint('red', 'error:')} {what}"]
    return [*lines, f"  {paint('dim', 'try:')} {hint}"] if hint else lines


def mistakes(error: ConfigError, paint: Paint) -> list[str]:
    """Return all mistakes of a stack file, each with its line and a caret below the wrong words."""
    lines = [f"{paint('dim', 'the file printed:')} {note}" for note in error.notes]
    for mistake in error.mistakes:
        lines += [""] if lines else []
        lines += f"{paint('red', 'error:')} {show_one(mistake)}".splitlines()
    return [*lines, "", f"{len(error.mistakes)} mistakes"] if len(error.mistakes) > 1 else lines


def _bug(call: Call, error: BaseException, paint: Paint) -> list[str]:
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" ({os.path.basename(last[0].filename)}:{last[0].lineno})" if last else ""
    lines = sentence(
        f"this is a mistake of Homeport: {type(error).__name__}: {error}{where}",
        "please report it with what you did; HOMEPORT_TRACE=1 shows the whole road to it",
        paint,
    )
    if call.environ.get("HOMEPORT_TRACE"):
        lines += "".join(traceback.format_exception(error)).splitlines()
    return list(map(mask_for(call), lines))


def _drop_output() -> None:
    # The reader of our output left: nothing can be said, and Python would complain at exit when it flushes.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
