"""``status`` without the command line's library, which alone would take longer than the whole command may."""

from collections.abc import Sequence

from homeport.cli.call import Call, here, out


def status(words: Sequence[str]) -> int | None:
    """Answer ``homeport status [--json] [NAME…]``; return None when the words need the whole command line."""
    if any(word.startswith("-") and word != "--json" for word in words):
        return None
    names = [word for word in words if word != "--json"]
    call = here()
    try:
        return show(call, names, json="--json" in words)
    except Exception as error:
        from homeport.cli.faults import explain

        return explain(call, error)


def show(call: Call, names: Sequence[str], *, json: bool) -> int:
    """Print the house as it is now."""
    import time

    from homeport.cli.place import client

    house = client(call)
    terminal = out(call)
    if json:
        from json import dumps

        terminal.write(dumps(house.ask("status", names=list(names))["frame"]) + "\n")
    else:
        from homeport.cli.screen.table import status as picture

        terminal.lines(picture(house.status(names), time.time(), terminal.width, terminal.paint))
    return 0
