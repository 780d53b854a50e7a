"""Wishes for an instance whose house does not run: they are remembered, and its next ``up`` obeys them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from homeport.cli import words
from homeport.cli.call import Call, out
from homeport.cli.offline import instance_of, log_names
from homeport.cli.place import socket_of
from homeport.logs.reader import LogReader
from homeport.machine.instances.folders import folders_of
from homeport.machine.instances.registry import Instances
from homeport.machine.memory.disk import memory_of
from homeport.model.errors import RefusedError
from homeport.model.graph import Graph
from homeport.model.hiding import mask_of, refuse_untold
from homeport.model.lines import service_of
from homeport.model.wishes import HIDDEN, Wishes


def send_or_remember(call: Call, op: str, names: Sequence[str], *, as_json: bool) -> None:
    """``enable`` or ``disable``: a running house obeys at once, else it is remembered."""
    if socket_of(call) is not None:
        words.send_wish(call, op, f"{op}d", names, as_json=as_json)
        return
    instance = instance_of(call)
    # Without a house only the logs know who there is: a name that never wrote is taken as it is, a glob is not.
    chosen = [name for pattern in names for name in _meant(call, LogReader(instance.logs), pattern)]
    memory = memory_of(instance)
    wishes = memory.wishes()
    memory.keep_wishes(replace(wishes, enabled={**wishes.enabled, **dict.fromkeys(chosen, op == "enable")}))
    if as_json:
        words.print_json(call, {"op": op, "names": chosen, "remembered": True})
    else:
        out(call).lines([f"{op}d from the next `homeport up` of {instance.name} on: {', '.join(chosen)}"])


def _meant(call: Call, reader: LogReader, pattern: str) -> list[str]:
    if any(sign in pattern for sign in "*?["):
        return list(dict.fromkeys(map(service_of, log_names(call, reader, [pattern]) or [])))
    return [pattern]


def known_options(call: Call) -> dict[str, str]:
    """Return the option values that were given to the instance, by its house or from what is remembered.

    A house does not tell secret ones; they are in the vault of the instance.
    """
    from homeport.client.client import Client

    path = socket_of(call)
    try:
        remembered = dict(memory_of(instance_of(call)).wishes().options)
    except RefusedError:
        remembered = {}
    if path is None:
        return remembered
    told = dict(Client(path).wishes().get("options", {}))
    kept = {name: remembered.get(name) if value == HIDDEN else value for name, value in told.items()}
    return {name: value for name, value in kept.items() if value is not None}


def give_options(call: Call, graph: Graph, values: Mapping[str, str], forget: Sequence[str]) -> bool:
    """Give options values, or their defaults again; return whether a running house took them.

    A stack that never ran gets its instance now, so that options may be given before the first ``up``. Raises RefusedError
    for a secret that would be remembered in plain text.
    """
    from homeport.client.client import Client
    from homeport.config.hiding import hidden_by

    path = socket_of(call)
    if path is not None:
        Client(path).wish("options", values=dict(values), forget=list(forget))
        return True
    refuse_untold(values, mask_of(hidden_by(graph.nodes.values(), graph.root, {}, call.environ)).text)
    file = Path(graph.file)
    memory = memory_of(Instances(folders_of(call.environ)).resolve(graph.stack, file, call.instance))
    wishes: Wishes = memory.wishes()
    options = {name: value for name, value in {**wishes.options, **values}.items() if name not in forget}
    memory.keep_wishes(replace(wishes, options=options))
    return False
