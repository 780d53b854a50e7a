"""What instances have on clusters, as far as this machine remembers it: no cluster is asked."""

from collections.abc import Mapping

from homeport.machine.clusters.record import Records, described
from homeport.machine.instances.folders import folders_of


def standing(environ: Mapping[str, str], name: str) -> list[str]:
    """Return what an instance has on clusters, in a few words each: ``3 services on testbed/shop``."""
    return [described(record) for record in Records(folders_of(environ).instance(name)).all()]
