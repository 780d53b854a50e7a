"""``homeport disable``."""

from homeport.cli import words
from homeport.cli.call import Call


@words.command()
@words.names_argument(required=True)
@words.json_option
def command(call: Call, names: tuple[str, ...], as_json: bool) -> None:
    """Switch services or tasks off. Remembered for this instance."""
    words.send_wish(call, "disable", "disabled", names, as_json=as_json)
