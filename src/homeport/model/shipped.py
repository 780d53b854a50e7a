"""What is known of images on their way to a cluster, of what was applied there, and of files kept up to date in pods."""

from msgspec import Struct

from homeport.model.instants import Instant
from homeport.model.parts import Files


class Imaged(Struct, frozen=True, omit_defaults=True):
    """How far an image is, under ``("image", NAME, 0)``.

    ``name`` is what the cluster calls it once it is there (``""`` before), ``digest`` digests what it was made from, and
    ``argv`` is the command that it starts by itself. ``bases``: images of ours that its Dockerfile begins from, as it names
    them. ``watch``: every file whose change may change it. ``progress`` is the
    step that goes on. ``error``: why it could not be made, with a ``hint`` and the last lines (``tail``); ``passing`` when
    trying again may help. ``tries``: failures in a row of which that is said.
    """

    identity: str
    name: str = ""
    digest: str = ""
    argv: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    watch: tuple[Files, ...] = ()
    progress: str = ""
    error: str = ""
    hint: str = ""
    tail: tuple[str, ...] = ()
    passing: bool = False
    tries: int = 0
    at: Instant = 0


class Deployed(Struct, frozen=True, omit_defaults=True):
    """What was applied of a node, under ``("deploy", NAME, 0)``; ``NAME`` is ``""`` for what all share.

    ``digest`` is the workload's; a rollout of another one is not ours yet. ``error`` and ``hint``: why the cluster does not
    have it, at ``at``; ``passing`` when trying again may help. ``kinds`` are those of all objects, as far as the cluster lets
    us see them. Of the user's own objects ``further`` are the kinds, as API and kind; ``note`` is something to tell about
    them.
    """

    identity: str
    digest: str = ""
    error: str = ""
    hint: str = ""
    passing: bool = False
    at: Instant = 0
    kinds: tuple[str, ...] = ()
    further: tuple[tuple[str, str], ...] = ()
    note: str = ""


class Present(Struct, frozen=True, omit_defaults=True):
    """Which nodes have objects of ours in the cluster, under ``("present", "", 0)``: names with the kinds of their objects."""

    nodes: dict[str, tuple[str, ...]] = {}


class Cleared(Struct, frozen=True, omit_defaults=True):
    """What could not be removed from the cluster, under ``("clear", "", 0)``."""

    identity: str
    error: str = ""
    hint: str = ""
    at: Instant = 0


class Updated(Struct, frozen=True, omit_defaults=True):
    """How far the files of a node's pods are, under ``("live-update", NAME, 0)``.

    ``pods`` are those whose files are the sources' as of the saves ``upto``, by the uid of the pod and the restarts of its
    container (``UID/RESTARTS``). ``error`` and ``hint``: why others are not. ``note``: by which way, where it is not the
    usual one. ``shown``: what the last update was, for people. ``ended``: how the command in a pod ended last, if it did.
    """

    identity: str
    upto: int = 0
    pods: tuple[str, ...] = ()
    error: str = ""
    hint: str = ""
    note: str = ""
    shown: str = ""
    ended: str = ""


class Explained(Struct, frozen=True, omit_defaults=True):
    """The last lines before a failure, under ``("explain", NAME, 0)``."""

    identity: str
    lines: tuple[str, ...] = ()


class Unblocked(Struct, frozen=True, omit_defaults=True):
    """What became of deleting a pod that was in the way, under ``("unblock", NAME, 0)``. ``error``: why it could not be."""

    identity: str
    error: str = ""


class Relayed(Struct, frozen=True, omit_defaults=True):
    """Whether pods reach ``services`` of this machine, under ``("relay", "", 0)``; identity ``""``: not any more."""

    identity: str
    ok: bool = False
    services: tuple[str, ...] = ()
    error: str = ""
    hint: str = ""
    at: Instant = 0
