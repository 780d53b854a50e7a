"""Where a service or task runs right now, for commands that go inside."""

from msgspec import Struct

from homeport.model.places import Place


class PodAt(Struct, frozen=True, omit_defaults=True):
    """A pod of a node: its own ``container`` among those in it, and whether that may be used."""

    name: str
    container: str = ""
    ready: bool = True


class Whereabouts(Struct, frozen=True, omit_defaults=True):
    """Where a node runs.

    In a cluster: by which ``context`` it was reached, at which ``server``, in which ``namespace``, and as which ``pods``.
    """

    place: Place = "here"
    context: str = ""
    server: str = ""
    namespace: str = ""
    pods: tuple[PodAt, ...] = ()
