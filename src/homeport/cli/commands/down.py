"""``homeport down``."""

import click

from homeport.cli import exits, words
from homeport.cli.call import Call, out


@words.command()
@click.option("--all", "everything", is_flag=True, help="End every running house of this user.")
@click.option("--kill", is_flag=True, help="End everything now, without grace; with --all also houses that hang.")
@click.option("--data", is_flag=True, help="Remove data and volumes of this instance too, after naming them.")
@click.option(
    "--forget", is_flag=True, help="Forget what is on a cluster that is out of reach, because that is gone for good."
)
@words.json_option
def command(call: Call, everything: bool, kill: bool, data: bool, forget: bool, as_json: bool) -> int:
    """End the running house, and remove what it put on a cluster; data, volumes and logs stay."""
    if everything:
        return _all(call, kill=kill, data=data, forget=forget, as_json=as_json)
    import msgspec

    from homeport.cli.clearing import sweep
    from homeport.cli.ending import end_house, meant

    ended = end_house(call, kill=kill, quiet=as_json)
    instance = meant(call)
    say = _unheard if as_json else lambda text: out(call).lines([text])
    swept = sweep(instance, call.environ, say, data=data, forget=forget) if instance is not None else []
    removed: list[str] = []
    if data:
        from homeport.cli.offline import remove_data

        removed = remove_data(call, quiet=as_json)
    if as_json:
        words.print_json(call, {"ended": ended, "removed": removed, "clusters": msgspec.to_builtins(swept)})
    return exits.OK


def _unheard(_text: str) -> None:
    pass


def _all(call: Call, *, kill: bool, data: bool, forget: bool, as_json: bool) -> int:
    import msgspec

    from homeport.cli.ending_all import end_all
    from homeport.model.errors import RefusedError

    if data:
        hint = "remove them one by one: homeport --instance NAME down --data"
        raise RefusedError("--all does not remove the data of every instance", hint=hint)
    if call.file is not None or call.instance is not None:
        raise RefusedError("--all means every house, and a file or an instance means one", hint="leave out one of them")
    gone = end_all(call, kill=kill, forget=forget, quiet=as_json)
    if as_json:
        words.print_json(call, {"houses": msgspec.to_builtins(gone)})
    return exits.OUTSIDE if any(one.outcome in ("hangs", "left") for one in gone) else exits.OK
