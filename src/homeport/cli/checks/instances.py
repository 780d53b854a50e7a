"""Instances whose checkout is gone, and houses that died without a word."""

from collections.abc import Iterator

from homeport.cli.checks.look import Look
from homeport.cli.screen.findings import Finding
from homeport.machine.instances import Instances


def check(look: Look) -> Iterator[Finding]:
    """Check the registry."""
    known = Instances(look.folders)
    every = known.all()
    running = [instance.name for instance in every if instance.running() is not None]
    yield Finding("instances", "ok", f"{len(every)} known, {len(running)} running")
    for instance in known.abandoned():
        yield Finding(
            "instances",
            "warning",
            f'the stack file of "{instance.name}" is gone ({instance.file}); its data and logs are in {instance.folder}',
            f"rm -r {instance.folder} when nobody needs them",
        )
    for notice in known.notices:
        yield Finding("instances", "warning", notice)
