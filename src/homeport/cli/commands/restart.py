"""``homeport restart``."""

from homeport.cli import words
from homeport.cli.call import Call


@words.command()
@words.names_argument(required=True)
@words.json_option
def command(call: Call, names: tuple[str, ...], as_json: bool) -> None:
    """Start services or tasks anew."""
    words.send_wish(call, "restart", "restarting", names, as_json=as_json)
