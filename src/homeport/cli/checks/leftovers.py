"""What killed houses left behind: processes that outlived them, and files that only a running house needs."""

from collections.abc import Iterator, Sequence

from homeport.cli.checks.look import Look
from homeport.cli.screen.findings import Finding
from homeport.machine.after.leftovers import Leftover, leftovers, listed, strangers
from homeport.machine.after.reaping import tidy
from homeport.machine.instances.instance import Instance
from homeport.machine.instances.registry import Instances
from homeport.model.errors import OutsideError

NAME = "leftovers"


def check(look: Look) -> Iterator[Finding]:
    """Name what is left of every instance that does not run; end it when that was asked for."""
    every = Instances(look.folders).all()
    left = {instance.name: found for instance in every if (found := leftovers(instance.folder, instance.name))}
    if not left:
        yield Finding(NAME, "ok", "no house that was killed left anything running")
    for instance in every:
        if instance.name in left:
            yield _ended(instance) if look.fix else _named(instance, left[instance.name])
    unknown = strangers(but={one.pid for found in left.values() for one in found})
    if unknown:
        said = f"a house that nobody here knows started this, and nobody looks after it: {listed(unknown)}"
        yield Finding(NAME, "warning", said, "end it with kill and the number, when you do not need it")


def _named(instance: Instance, left: Sequence[Leftover]) -> Finding:
    said = f'"{instance.name}" was killed, and this runs on: {listed(left)}'
    return Finding(NAME, "failed", said, "homeport doctor --fix ends it; so does the next `homeport up` there")


def _ended(instance: Instance) -> Finding:
    try:
        reaped = tidy(instance, lambda _: None)
    except OutsideError as error:
        return Finding(NAME, "failed", error.what, error.hint)
    if reaped is None:
        return Finding(NAME, "ok", f'"{instance.name}" is being started, which ends what was left')
    return Finding(NAME, "ok", f'"{instance.name}" had left {listed(reaped)}: ended')
