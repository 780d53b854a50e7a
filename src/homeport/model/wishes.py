"""What people changed since the file was read: folded per node, kept per instance."""

from msgspec import Struct
from msgspec.structs import replace

from homeport.kit.secrecy import why_secret
from homeport.model.graph import Graph
from homeport.model.nodes import Service
from homeport.model.places import Place, Site


class Wishes(Struct, frozen=True, omit_defaults=True):
    """Everything that people asked for.

    ``turns``: a number per node that a restart or trigger raises. ``enabled``: nodes switched on or off by hand (absent:
    as the file says). ``args``: arguments of tasks. ``options``: values given by ``--set`` or ``args``. ``replicas``:
    another number than the file's, which was the one in ``declared`` then.
    ``selected``: only these and what they need (None: all that start by themselves).
    ``paused``: nodes whose saves are collected; ``all_paused``: everything. ``jobs``: concurrent builds and tasks.
    ``give_up``: crashes in a row after which nothing is retried (``ci``). ``places``: where nodes are to run, and under ``""``
    everything that can run there and of which nothing else was said. ``site``: the cluster, as far as another one is wanted than
    the file's.
    """

    turns: dict[str, int] = {}
    enabled: dict[str, bool] = {}
    args: dict[str, tuple[str, ...]] = {}
    options: dict[str, str] = {}
    replicas: dict[str, int] = {}
    declared: dict[str, int] = {}
    selected: frozenset[str] | None = None
    paused: frozenset[str] = frozenset()
    all_paused: bool = False
    jobs: int = 8
    give_up: int | None = None
    places: dict[str, Place] = {}
    site: Site = Site()

    def is_paused(self, name: str) -> bool:
        """Whether saves of ``name`` are collected instead of acted on."""
        return self.all_paused or name in self.paused


def discreet(wishes: Wishes) -> Wishes:
    """Return the wishes without the options that are secret by their name or value, for what is kept and sent around."""
    return replace(wishes, options={name: shown_option(name, value) for name, value in wishes.options.items()})


HIDDEN = "[hidden]"
"""Stands for the value of a secret option."""


def shown_option(name: str, value: str) -> str:
    """Return the value of an option as people may see it."""
    return HIDDEN if value and why_secret(name, value) else value


def lasting(wishes: Wishes) -> Wishes:
    """Return the part of the wishes that outlives a run."""
    return Wishes(
        enabled=wishes.enabled,
        args=wishes.args,
        options=wishes.options,
        replicas=wishes.replicas,
        declared=wishes.declared,
        paused=wishes.paused,
        places=wishes.places,
        site=wishes.site,
    )


def newest(wishes: Wishes, graph: Graph) -> Wishes:
    """Return the wishes without numbers of replicas that are older than another number in the file: the newest word counts."""
    said = {name: node.replicas for name, node in graph.nodes.items() if isinstance(node, Service)}
    then = {name: wishes.declared.get(name, said.get(name)) for name in wishes.replicas}
    kept = {name: number for name, number in then.items() if number is not None and said.get(name, number) == number}
    replicas = {name: number for name, number in wishes.replicas.items() if name in kept or name not in said}
    if (replicas, kept) == (wishes.replicas, wishes.declared):
        return wishes
    return replace(wishes, replicas=replicas, declared=kept)
