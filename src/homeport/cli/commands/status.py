"""``homeport status``."""

from homeport.cli import words
from homeport.cli.call import Call
from homeport.cli.quick import show


@words.command()
@words.names_argument()
@words.json_option
def command(call: Call, names: tuple[str, ...], as_json: bool) -> int:
    """Show what runs and how it is."""
    return show(call, names, json=as_json)
