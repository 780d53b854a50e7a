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
    """Show the options of the stack and their values, or give them other values, which are remembered."""
    from homeport.cli.declared import graph_of, options_in
    from homeport.cli.opening import assignments
    from homeport.cli.remembering import give_options, known_options
    from homeport.cli.screen.options import lines

    given = assignments(values)
    known = known_options(call)
    gone = {*forget, *(known if clear else ())} - given.keys()
    now = {name: value for name, value in {**known, **given}.items() if name not in gone}
    graph = graph_of(call, now)
    options = options_in(graph)
    running = give_options(call, graph, given, sorted(gone)) if given or gone else None
    if as_json:
        described = [
            {"name": o.name, "type": o.type, "default": o.default, "help": o.help, "choices": o.choices}
            for o in options
        ]
        words.print_json(call, {"options": now, "declared": described})
        return
    terminal = out(call)
    terminal.lines(lines(options, now, terminal.width, terminal.paint))
    if running is False:
        terminal.lines(["remembered; the next `homeport up` uses them"])
