"""``homeport args``."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from homeport.cli import words
from homeport.cli.call import Call, err, out

if TYPE_CHECKING:
    from homeport.model.graph import Graph


@words.command()
@click.argument("values", metavar="NAME=VALUE...", nargs=-1)
@click.option("--forget", metavar="NAME", multiple=True, help="Let an option have its default again.")
@click.option("--clear", is_flag=True, help="Let every option have its default again.")
@words.json_option
def command(call: Call, values: tuple[str, ...], forget: tuple[str, ...], clear: bool, as_json: bool) -> None:
    """Show the options of the stack and their values, or give them other values, which are remembered."""
    from homeport.cli.assigning import assignments
    from homeport.cli.declared import options_in
    from homeport.cli.remembering import give_options, known_options
    from homeport.cli.screen.options import lines

    given = assignments(values)
    known = known_options(call)
    gone = {*forget, *(known if clear else ())} - given.keys()
    now = {name: value for name, value in {**known, **given}.items() if name not in gone}
    graph = _graph(call, now, only_look=not given)
    running = give_options(call, graph, given, sorted(gone)) if given or gone else None
    if as_json:
        words.print_json(call, _document(graph, now))
        return
    terminal = out(call)
    terminal.lines(lines(options_in(graph), now, terminal.width, terminal.paint))
    if running is False:
        terminal.lines(["remembered; the next `homeport up` uses them"])


def _graph(call: Call, now: Mapping[str, str], *, only_look: bool) -> "Graph":
    """Return what the file declares; who only looks, or takes values back, may do so while it is broken."""
    from homeport.cli.declared import graph_of, last_good_of
    from homeport.model.errors import ConfigError

    try:
        return graph_of(call, now)
    except ConfigError as error:
        known = last_good_of(call) if only_look else None
        if known is None:
            raise
        mistakes = [error.what, "these are the options that it had when it last was sound"]
        terminal = err(call)
        terminal.lines([f"{terminal.paint('yellow', 'the stack file is broken')}: {'; '.join(mistakes)}"])
        return known


def _document(graph: "Graph", now: Mapping[str, str]) -> dict[str, Any]:
    from homeport.cli.declared import options_in
    from homeport.model.wishes import shown_option

    described = [
        {
            "name": o.name,
            "type": o.type,
            "default": shown_option(o.name, o.default) if o.default is not None else None,
            "help": o.help,
            "choices": o.choices,
        }
        for o in options_in(graph)
    ]
    return {"options": {name: shown_option(name, value) for name, value in now.items()}, "declared": described}
