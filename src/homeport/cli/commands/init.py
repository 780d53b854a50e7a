"""``homeport init``."""

from pathlib import Path

import click

from homeport.cli import words
from homeport.cli.call import Call, out


@words.command()
@click.argument("folder", default=".", type=click.Path())
@click.option("--print", "only_print", is_flag=True, help="Print the file instead of writing it.")
@words.json_option
def command(call: Call, folder: str, only_print: bool, as_json: bool) -> None:
    """Look at a FOLDER and write a stack.py that runs, saying what was found and what was guessed."""
    from homeport.config.adopt.look import look
    from homeport.config.adopt.write import write
    from homeport.config.find import NAME
    from homeport.model.errors import OutsideError, RefusedError

    where = Path(folder)
    if not where.is_dir():
        raise RefusedError(f'"{folder}" is no folder', hint="name the folder of your project")
    path = where.resolve() / NAME
    if path.exists() and not only_print:
        raise RefusedError(
            f'"{path}" exists already', hint="`homeport up` runs it; --print shows what init would write"
        )
    proposal = look(where.resolve())
    text = write(proposal)
    if only_print:
        out(call).write(text)
        return
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise OutsideError(f'"{path}" cannot be written: {error.strerror}', hint="make the folder writable") from None
    if as_json:
        found = {"file": str(path), "stack": proposal.stack, "found": proposal.said, "guessed": proposal.guessed}
        words.print_json(call, {**found, "names": [part.name for part in proposal.parts]})
        return
    lines = [f"found    {line}" for line in proposal.said] or ["found    nothing that says how this folder runs"]
    lines += [f"guessed  {line}" for line in proposal.guessed]
    lines += [f"wrote    {path}", "next     homeport up"]
    out(call).lines(lines)
