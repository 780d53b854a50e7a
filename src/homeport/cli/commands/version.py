"""``homeport version``."""

from homeport.cli import words
from homeport.cli.call import Call, out
from homeport.cli.release import VERSION


@words.command()
@words.json_option
def command(call: Call, as_json: bool) -> None:
    """Print the version."""
    if as_json:
        words.print_json(call, {"version": VERSION})
    else:
        out(call).lines([f"homeport {VERSION}"])
