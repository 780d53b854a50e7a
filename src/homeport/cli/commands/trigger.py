"""``homeport trigger``."""

from homeport.cli import words
from homeport.cli.call import Call


@words.command(rest=True)
@words.names_argument(required=True)
@words.json_option
def command(call: Call, names: tuple[str, ...], rest: tuple[str, ...] | None, as_json: bool) -> None:
    """Run tasks now, or start services. Words after -- become the arguments of the tasks, until others are given."""
    more = {} if rest is None else {"args": list(rest)}
    words.send_wish(call, "trigger", "triggered", names, as_json=as_json, **more)
