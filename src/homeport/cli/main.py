"""The command line: a group whose commands are imported when they run."""

import contextlib
import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from homeport.cli import exits
from homeport.cli.call import Call, err, here
from homeport.cli.faults import explain, sentence
from homeport.cli.release import VERSION

COMMANDS = {
    "up": "start the stack and show it; attaches when it already runs",
    "down": "end the running house",
    "ci": "start everything, wait, give a verdict, stop",
    "status": "show what runs and how it is",
    "ps": "list all instances on this machine",
    "prune": "remove what is kept for checkouts that are gone",
    "logs": "show what the programs said",
    "trigger": "run a task now, or start a service",
    "restart": "start services or tasks anew",
    "enable": "switch services or tasks on",
    "disable": "switch services or tasks off",
    "pause": "collect saves instead of acting on them",
    "resume": "act on saves again",
    "args": "show or set the options of the stack",
    "scale": "run another number of replicas",
    "wait": "wait until services are ready",
    "why": "say why something does not go on",
    "exec": "run a command where a service runs",
    "shell": "open a shell where a service runs",
    "cp": "copy files into a service and out of it",
    "render": "print the stack as Kubernetes objects",
    "open": "open the address of a service in the browser",
    "dump": "write everything worth keeping as JSON",
    "doctor": "check this machine and this stack",
    "init": "look at a folder and write a stack.py that runs",
    "demo": "run the bundled sample",
    "completion": "print the completion script for a shell",
    "version": "print the version",
}
"""Every command with its line of help, so that showing the list imports none of them."""


_FEW_PIPES = 4
"""Twice as many descriptors are as few as any command can work with."""


class Commands(click.Group):
    """Finds commands by the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names, in the order in which people learn them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, importing it."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"homeport.cli.commands.{cmd_name.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the words mean; an unknown one is an error with a suggestion."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from homeport.kit.suggest import closest

            guess = closest(args[0], COMMANDS)
            hint = f'did you mean "{guess}"?' if guess else "`homeport --help` lists the commands"
            raise Wrong(f'there is no command "{args[0]}"', hint)
        return super().resolve_command(ctx, args)


class Wrong(click.UsageError):
    """Wrong use of the command line, with a next step of its own."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


@click.group(cls=Commands, no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-f", "--file", metavar="FILE", help="The stack file (default: stack.py here or in a folder above).")
@click.option("--instance", metavar="NAME", help="The instance (default: by the stack's name and the checkout).")
@click.version_option(VERSION, message="homeport %(version)s")
@click.pass_context
def group(context: click.Context, file: str | None, instance: str | None) -> None:
    """One typed Python file describes a stack of services; one command runs it."""
    context.obj = here(file, instance)


def run(words: Sequence[str]) -> int:
    """Run a command; return its exit code. Nothing is raised."""
    try:
        _demand_files()
        code = group.main(list(words), prog_name="homeport", standalone_mode=False)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.Abort:
        return exits.INTERRUPTED
    except click.ClickException as error:
        return _misuse(error)
    except BaseException as error:  # every ending of the program is told here, and nowhere else
        if isinstance(error, SystemExit):
            raise
        return explain(here(), error)
    sys.stdout.flush()
    return code if isinstance(code, int) else exits.OK


def _demand_files() -> None:
    """Raise OSError when hardly a file can be opened: Python's own event loop breaks half-way then, and says so at length."""
    with contextlib.ExitStack() as held:
        for _ in range(_FEW_PIPES):
            for end in os.pipe():
                held.callback(os.close, end)


def _misuse(error: click.ClickException) -> int:
    hint: str | None = getattr(error, "hint", None)
    what = error.format_message().rstrip(".")
    what = what[:1].lower() + what[1:]
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message())
        return exits.OK
    if isinstance(error, click.NoSuchOption):
        from homeport.kit.suggest import closest

        what = f'there is no flag "{error.option_name}"'
        guess = closest(error.option_name, error.possibilities or ())
        hint = f'did you mean "{guess}"?' if guess else None
    context = error.ctx if isinstance(error, click.UsageError) else None
    if hint is None and context is not None:
        hint = f"`{context.command_path} --help` shows how it is used"
    terminal = err(Call(here().environ))
    terminal.lines(sentence(what, hint, terminal.paint))
    return exits.REFUSED
