"""``homeport open``."""

import click

from homeport.cli import words
from homeport.cli.call import Call, out
from homeport.cli.place import client


@words.command()
@click.argument("name", shell_complete=words.complete_names)
@click.option("--print", "only_print", is_flag=True, help="Print the address instead of opening it.")
@words.json_option
def command(call: Call, name: str, only_print: bool, as_json: bool) -> None:
    """Open the first address of a service in the browser."""
    import webbrowser

    from homeport.model.errors import RefusedError

    for node in client(call).status([name]).nodes:
        found = [*node.links.values(), *(f"http://127.0.0.1:{port}" for port in node.ports.values())]
        if found:
            break
    else:
        raise RefusedError(f'"{name}" has no address', hint="give it a port, or links={...} in the stack file")
    if as_json:
        words.print_json(call, {"name": node.name, "address": found[0]})
        return
    out(call).lines([found[0]])
    if not only_print:
        webbrowser.open(found[0])
