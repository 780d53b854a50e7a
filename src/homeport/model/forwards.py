"""What is known of forwards into pods, and of pod logs that were read."""

from msgspec import Struct


class Forwarding(Struct, frozen=True, omit_defaults=True):
    """The loopback ports of a service in the cluster, under ``("forward", NAME, 0)``; identity ``""``: nobody listens any more.

    ``error``: why connections go nowhere now. ``pods``: those that get connections. ``offered``: those that might have got
    them when an error was told, which says nothing of others.
    """

    identity: str
    error: str = ""
    hint: str = ""
    pods: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()


class Aimed(Struct, frozen=True, omit_defaults=True):
    """Where a port of a user's own object leads, under ``("aim", NAME, NUMBER)``.

    ``port`` of ``pods``, which are ready; while none is, the port of those before (0: there were none). ``error`` and ``hint``:
    why it leads nowhere.
    """

    identity: str
    port: int = 0
    pods: tuple[str, ...] = ()
    error: str = ""
    hint: str = ""


class Followed(Struct, frozen=True, omit_defaults=True):
    """How far the log of one run of a container was read, under the key of its job."""

    identity: str
    ended: bool = False
    error: str = ""
