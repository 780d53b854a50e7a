"""``homeport dump``."""

import json
from typing import Any

import click

from homeport.cli import words
from homeport.cli.call import Call, out


@words.command()
@click.option("--report", metavar="DIR", help="Write homeport.xml (JUnit) and homeport.json there instead.")
@click.option("--tail", type=click.IntRange(min=0), default=50, show_default=True, help="Last lines of each service.")
def command(call: Call, report: str | None, tail: int) -> None:
    """Write everything worth keeping as JSON: states, holds, wishes and last lines; works without a house, too."""
    from homeport.cli.place import socket_of
    from homeport.client.client import Client

    path = socket_of(call)
    found: dict[str, Any] = dict(Client(path).dump(tail)) if path else _remembered(call, tail)
    found.pop("type", None)
    if report is None:
        out(call).write(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
        return
    from homeport.cli.report import document, write
    from homeport.cli.trial import Verdict

    verdict = Verdict("dumped", "a look at a running house" if path else "the house does not run")
    out(call).lines(write(report, document(verdict, {}, found, seconds=0.0, command=None, code=0)))


def _remembered(call: Call, tail: int) -> dict[str, Any]:
    import msgspec

    from homeport.cli.offline import instance_of
    from homeport.logs.reader import LogReader
    from homeport.machine.memory.disk import memory_of
    from homeport.model.lines import service_of
    from homeport.model.wishes import discreet

    instance = instance_of(call)
    memory = memory_of(instance)
    reader = LogReader(instance.logs)
    services = sorted(set(map(service_of, reader.services())))
    frame = {"revision": 0, "stack": instance.stack, "instance": instance.name, "nodes": [], "file": str(instance.file)}
    return {
        "frame": frame,
        "holds": {},
        "wishes": msgspec.to_builtins(discreet(memory.wishes())),
        "done": msgspec.to_builtins(memory.done()),
        "tails": {name: msgspec.to_builtins(reader.tail([name], tail)) for name in services},
    }
