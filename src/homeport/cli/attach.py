"""Joining a house that runs already."""

from collections.abc import Mapping, Sequence

from homeport.cli import exits
from homeport.cli.foreground import lag_on, output_for
from homeport.cli.screen.farewell import DETACHED
from homeport.cli.screen.terminal import Terminal
from homeport.cli.watch import Watch
from homeport.client.client import Client

_TAIL = 20
_BOTTOM = "Ctrl-C detaches; everything runs on."


def attach(path: str, name: str, names: Sequence[str], options: Mapping[str, str], terminal: Terminal) -> int:
    """Let names join, then show the house until Ctrl-C, which leaves it running. Returns the exit code."""
    client = Client(path)
    join(client, names, options)
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


def join(client: Client, names: Sequence[str], options: Mapping[str, str]) -> None:
    """Give options their values and let names join what was selected. Raises SilentError when the house hangs."""
    client.status()  # who is about to watch it would wait for a house that hangs without a word
    if options:
        client.wish("options", values=dict(options))
    if names:
        client.wish("select", names=list(names))
