"""Joining a house that runs already."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from homeport.cli import exits
from homeport.cli.foreground import lag_on, output_for
from homeport.cli.placing import Placing, refuse_other
from homeport.cli.screen.farewell import DETACHED
from homeport.cli.screen.terminal import Terminal
from homeport.cli.watch import Watch
from homeport.client.client import Client

_TAIL = 20
_BOTTOM = "Ctrl-C detaches; everything runs on."


class Joining(Struct, frozen=True):
    """What is asked of a house that runs already: ``names`` that join, ``options`` with their values, and other places."""

    names: Sequence[str] = ()
    options: Mapping[str, str] = {}
    placing: Placing = Placing()


def attach(path: str, name: str, joining: Joining, terminal: Terminal) -> int:
    """Let names join, then show the house until Ctrl-C, which leaves it running. Returns the exit code."""
    client = Client(path)
    join(client, name, joining)
    try:
        terminal.lines([f"{terminal.paint('bold', name)} runs already: attached", terminal.paint("dim", _BOTTOM)])
        output = output_for(terminal, bottom=_BOTTOM, may_kill=False)
        watch = Watch(path, output, tail=_TAIL, lag=lag_on(terminal))
        watch.run(watch.is_over)
    except KeyboardInterrupt:
        terminal.lines(["", DETACHED])
        return exits.OK
    terminal.lines([f"{name} has ended"])
    return exits.OK


def join(client: Client, name: str, joining: Joining) -> None:
    """Give options their values, move what is to run elsewhere, and let names join what was selected.

    Raises SilentError when the house hangs, RefusedError when it was opened for another cluster.
    """
    # Names are those of what is saved; and who is about to watch a house that hangs would wait for it without a word.
    client.current()
    if joining.placing.cluster:
        refuse_other(joining.placing, client.wishes().get("site", {}), name)
    if joining.options:
        client.wish("options", values=dict(joining.options))
    if places := joining.placing.places:
        client.wish("place", places=places)
    if joining.names:
        client.wish("select", names=list(joining.names))
