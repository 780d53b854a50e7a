"""``homeport args``."""

import click

from homeport.cli import words
from homeport.cli.call import Call, out


@words.command()
@click.argument("values", metavar="NAME=VALUE...", nargs=-1)
@click.option("--forget", metavar="NAME", multiple=True, help="Let an option have its default again.")
@click.option("--clear", is_flag=True, help="Let every option have its default again.")
@words.json_option
def command(call: Call, values: tuple[str, ...], forget: tuple[str, ...], clear: bool, as_json: bool) -> None:
    """Show the options that were given to this instance, or give them other values. They are remembered."""
    from homeport.cli.opening import assignments
    from homeport.cli.remembering import give_options, known_options

    given = assignments(values)
    known = known_options(call)
    gone = [*forget, *(known if clear else ())]
    running = give_options(call, given, [name for name in gone if name not in given]) if given or gone else None
    now = known_options(call) if running is not None else known
    if as_json:
        words.print_json(call, {"options": now})
        return
    lines = [f"{name}={value}" for name, value in now.items()] or ["every option has its default"]
    if running is False:
        lines.append("remembered; the next `homeport up` uses them")
    out(call).lines(lines)
