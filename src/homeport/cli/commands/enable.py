"""``homeport enable``."""

from homeport.cli import words
from homeport.cli.call import Call


@words.command()
@words.names_argument(required=True)
@words.json_option
def command(call: Call, names: tuple[str, ...], as_json: bool) -> None:
    """Switch services or tasks on. Remembered for this instance."""
    from homeport.cli.remembering import send_or_remember

    send_or_remember(call, "enable", names, as_json=as_json)
