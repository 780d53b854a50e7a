"""``homeport pause``."""

from homeport.cli import words
from homeport.cli.call import Call


@words.command()
@words.names_argument()
@words.json_option
def command(call: Call, names: tuple[str, ...], as_json: bool) -> None:
    """Collect saves instead of acting on them: of these, or of everything."""
    words.send_wish(call, "pause", "saves are collected for", names, as_json=as_json)
