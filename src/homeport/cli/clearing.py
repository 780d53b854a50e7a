"""Removing what an instance has on clusters, once its house has ended."""

import asyncio
import os
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from homeport.cli.screen.clearing import Swept, told
from homeport.machine.clusters.record import Record, Records, described
from homeport.machine.instances.house import Running
from homeport.machine.instances.instance import Instance
from homeport.model.errors import HomeportError, OutsideError, RefusedError
from homeport.ports.cluster import ClusterError, Unreachable


def sweep(
    instance: Instance,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    *,
    data: bool = False,
    forget: bool = False,
) -> list[Swept]:
    """Remove what an instance has on clusters, volumes only with ``data``; ``say`` hears what happens.

    What cannot be removed stays remembered, unless ``forget`` and its cluster is out of reach. Every place is tried; then the
    first failure is raised: RefusedError when a house runs by now or a context leads elsewhere, OutsideError else.
    """
    records = Records(instance.folder)
    wanted = [record for record in records.all() if data or forget or not record.cleared]
    for record in records.all():
        if record not in wanted:
            say(f"{described(record)} stay; `homeport down --data` removes them")
    if not wanted:
        return []
    lease = instance.look_after()
    if isinstance(lease, Running):
        raise RefusedError(f'"{instance.name}" runs by now', hint="end it first: `homeport down`")
    found: list[Swept] = []
    failed: list[HomeportError] = []
    try:
        for record in wanted:
            try:
                swept = _place(records, record, environ, say, data=data, forget=forget)
            except HomeportError as error:
                failed.append(error)
                continue
            found.append(swept)
            for line in told(swept):
                say(line)
    finally:
        lease.close()
    for other in failed[1:]:
        say(f"{other.what} ({other.hint})")
    if failed:
        raise failed[0]
    return found


def _place(
    records: Records,
    record: Record,
    environ: Mapping[str, str],
    say: Callable[[str], None],
    *,
    data: bool,
    forget: bool,
) -> Swept:
    from homeport.session import removing

    say(f"removing {described(record)}")
    try:
        cleared = asyncio.run(removing.clear(record, environ, os.getuid(), data=data, say=say))
    except HomeportError as error:
        if not _is_out_of_reach(error):
            raise
        if not forget:
            raise _kept(record, error) from error
        swept = Swept(record.context, record.namespace, forgotten=True)
    else:
        swept = Swept(
            record.context, record.namespace, cleared.removed, cleared.volumes, cleared.stays, cleared.namespace
        )
    if swept.stays:
        records.keep(replace(record, services=()))  # a later `down` removes it, once nobody has anything in it
    elif swept.volumes:
        records.keep(replace(record, cleared=True))
    else:
        records.forget(record)
    return swept


def _is_out_of_reach(error: HomeportError) -> bool:
    """Whether the cluster itself said nothing: it does not answer, or nothing leads to it any more."""
    return isinstance(error, Unreachable) or not isinstance(error, ClusterError)


def _kept(record: Record, error: HomeportError) -> HomeportError:
    kind = RefusedError if isinstance(error, RefusedError) else OutsideError
    gone = "`homeport down --forget` if that cluster is gone for good"
    hint = f"{error.hint}; {gone}" if error.hint else gone
    return kind(f"{described(record)} may still be there: {error.what}", hint=hint)
