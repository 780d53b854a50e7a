"""Instances whose checkout is gone, and what houses that died without a word left on the disk."""

from collections.abc import Iterator

from homeport.cli.checks.look import Look
from homeport.cli.screen.findings import Finding
from homeport.cli.screen.remains import amount
from homeport.machine.after.remains import Attic
from homeport.machine.instances.registry import Instances


def check(look: Look) -> Iterator[Finding]:
    """Check the registry."""
    known = Instances(look.folders)
    every = known.all()
    running = [instance.name for instance in every if instance.running() is not None]
    yield Finding("instances", "ok", f"{len(every)} known, {len(running)} running")
    for instance in known.unregistered():
        said = f'"{instance.name}" runs, and the registry does not know it'
        yield Finding("instances", "warning", said, "homeport down --all")
    for remains in Attic(look.folders).everything():
        said = f"{amount(remains.size)} are kept for {remains.name}: {remains.why}"
        yield Finding("instances", "warning", said, "homeport prune")
    for notice in known.notices:
        yield Finding("instances", "warning", notice)
