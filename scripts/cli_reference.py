"""Writes docs/reference/cli.md and docs/reference/exit-codes.md from the commands themselves."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click

from homeport.cli import exits
from homeport.cli.main import COMMANDS, group

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
INTRO = """\
# The command line

`homeport [-f FILE] [--instance NAME] COMMAND …`. This page is written by `scripts/cli_reference.py` from the commands.

- **Which house**: the `stack.py` in the working folder or the nearest folder above it; `-f FILE` (or `--file`) names another,
  `--instance NAME` another instance of it, or, without a file, any instance on this machine. Both may also follow the command
  as `--file` and `--instance`. `HOMEPORT_SOCKET` names the socket of a house itself; `ci` sets it for its command.
- **NAME** is a service or task, a group, or a glob such as `chat-*`, wherever it appears. An unknown one is an error with a
  suggestion.
- **Colours** go to terminals: `NO_COLOR` forbids them, `FORCE_COLOR` wants them elsewhere too. Nothing is redrawn in CI
  (`CI` is set), without a terminal, or on a `dumb` one: then every change is a line. `COLUMNS` sets the width.
- **JSON**: `--json` on everything that reports; [json.md](json.md) says what it looks like.
- **Exit codes**: [exit-codes.md](exit-codes.md).
- `HOMEPORT_PORTABLE=1` does without what only Linux has. `HOMEPORT_TRACE=1` shows the whole road to a mistake of Homeport.
"""
EXITS = """\
# Exit codes

The same for every command. `exec`, and `ci` with a command, pass that command's own code through (128 + n when signal n
ended it).

| code | meaning |
|---|---|
"""


def page() -> str:
    """Return docs/reference/cli.md."""
    return "\n".join([INTRO, *(line for name in COMMANDS for line in section(name))]).rstrip() + "\n"


def section(name: str) -> Iterator[str]:
    """Yield the lines of one command: its usage, what it does, its flags."""
    context = click.Context(group, info_name="homeport")
    command = group.get_command(context, name)
    assert command is not None
    own = click.Context(command, info_name=name, parent=context)
    yield f"## {name}\n"
    yield f"`homeport {name} {' '.join(command.collect_usage_pieces(own))}`\n".replace(" [OPTIONS]", " [FLAGS]")
    yield inspect.cleandoc(command.help or "").replace("\b\n", "") + "\n"
    flags = [parameter for parameter in command.params if isinstance(parameter, click.Option) and not parameter.hidden]
    if flags:
        yield "| flag | meaning |"
        yield "|---|---|"
        yield from (row(flag, own) for flag in flags)
        yield ""


def row(flag: click.Option, context: click.Context) -> str:
    """Return one flag as a row of a table. A flag without a sentence is a mistake."""
    record = flag.get_help_record(context)
    assert record is not None
    words, meaning = record[0], re.sub(r"\s+\[x>=\d+\]", "", record[1])
    if not (flag.help or "").strip():
        raise SystemExit(f"{context.info_name} {words} has no help")
    return f"| `{words.replace('|', ', ')}` | {meaning.replace('|', ', ')} |"


def exit_page() -> str:
    """Return docs/reference/exit-codes.md."""
    return EXITS + "".join(f"| {code} | {meaning} |\n" for code, meaning in exits.TABLE.items())


if __name__ == "__main__":
    (FOLDER / "cli.md").write_text(page())
    (FOLDER / "exit-codes.md").write_text(exit_page())
    print(f"wrote {FOLDER}/cli.md and exit-codes.md")
