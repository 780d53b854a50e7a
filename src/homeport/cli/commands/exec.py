"""``homeport exec``."""

import os

import click

from homeport.cli import words
from homeport.cli.call import Call
from homeport.cli.place import client


@words.command(rest=True)
@click.argument("name", shell_complete=words.complete_names)
def command(call: Call, name: str, rest: tuple[str, ...] | None) -> None:
    """Run a command (after --) in the environment and folder of a service or task; its exit code is passed on."""
    from homeport.model.errors import OutsideError, RefusedError

    if not rest:
        raise RefusedError("no command was given", hint=f"homeport exec {name} -- env")
    env, folder = client(call).environment(name)
    try:
        os.chdir(folder)
        os.execvpe(rest[0], rest, env)
    except FileNotFoundError:
        looked = env.get("PATH", "") if os.path.isdir(folder) else f'"{folder}", which does not exist'
        raise OutsideError(f'"{rest[0]}" was not found for {name}', hint=f"looked in {looked}") from None
    except OSError as error:
        raise OutsideError(f'"{rest[0]}" cannot be started: {error.strerror}') from None
