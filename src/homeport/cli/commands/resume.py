"""``homeport resume``."""

from homeport.cli import words
from homeport.cli.call import Call


@words.command()
@words.names_argument()
@words.json_option
def command(call: Call, names: tuple[str, ...], as_json: bool) -> None:
    """Act on saves again, on the collected ones too."""
    words.send_wish(call, "resume", "saves are acted on for", names, as_json=as_json)
