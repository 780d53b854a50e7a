"""What is known of a node's pods in a cluster, and of the link to the cluster.

All of it is what the cluster said last. While ``Linked`` says that the link is down, it may be out of date.
"""

from typing import Final, Literal

from msgspec import Struct

from homeport.model.instants import Instant

DIGEST: Final = "homeport.dev/digest"
"""The annotation that digests what an object, or a pod, was made of."""

State = Literal["waiting", "running", "ended"]


class ContainerSeen(Struct, frozen=True, omit_defaults=True):
    """One container of a pod, and its present or last run.

    ``restarts`` counts earlier runs. ``code`` tells how the run ended, or the run before a wait. ``image`` is the one that it
    is to run.
    """

    name: str
    state: State
    restarts: int = 0
    code: int | None = None
    init: bool = False
    image: str = ""


class PodSeen(Struct, frozen=True, omit_defaults=True):
    """One pod. ``current``: made from the workload as it is now. ``leaving``: it is being deleted, or has ended.

    ``reason``: a sentence why it is not ready, ``""`` when it is. ``since``: wall time in seconds of its creation.
    ``containers``: init containers first. ``once``: it runs to its end, as those of Jobs do.
    """

    name: str
    uid: str
    ready: bool = False
    leaving: bool = False
    current: bool = True
    containers: tuple[ContainerSeen, ...] = ()
    reason: str = ""
    since: float = 0.0
    once: bool = False


class Tail(Struct, frozen=True, omit_defaults=True):
    """The run of a container whose last lines explain a failure; ``previous``: the run before the present one."""

    pod: str
    container: str
    previous: bool = False


class Rollout(Struct, frozen=True, omit_defaults=True):
    """How far a node's workload is.

    ``uid`` and ``digest`` say which workload was judged: what was applied after it is not in it. ``wanted`` counts pods that
    are to be, ``ready`` those of the workload as it is now that are ready, and ``serving`` all that are ready, older ones
    included. ``complete``: all that is wanted is ready and nothing older is left; of a Job:
    it succeeded. ``failure``: a sentence why it does not get there by itself, with a ``hint``; what heals is ``""`` again.
    ``detail``: what is going on. ``ended``: a Job that goes on no more. ``data``: the uids of the node's volume claims.
    ``blocking``: an earlier pod for which the controller waits in vain, and that was never ready: nobody misses it.
    ``note``: what others set in its containers.
    ``since``: the instant of the last turn between underway, complete and failed. Of a node with several workloads the
    numbers are summed up, ``uid`` and ``digest`` joined by commas in the order of kind and name, and ``failure`` is that of
    one.
    """

    kind: str
    object: str
    uid: str = ""
    digest: str = ""
    wanted: int = 0
    ready: int = 0
    serving: int = 0
    complete: bool = False
    failure: str = ""
    hint: str = ""
    detail: str = ""
    tail: Tail | None = None
    pods: tuple[PodSeen, ...] = ()
    ended: bool = False
    since: Instant = 0
    data: str = ""
    blocking: str = ""
    note: str = ""


class Linked(Struct, frozen=True, omit_defaults=True):
    """The link to the cluster, kept under ``("cluster", "", 0)``.

    ``ok``: everything of ours is known, and heard when it changes. ``down``: why the link is broken, since the instant
    ``since``; what was known before is kept. ``error`` and ``hint``: why there will be no link until somebody does something.
    ``leaving``: the namespace is being deleted.
    """

    identity: str
    ok: bool = False
    context: str = ""
    namespace: str = ""
    down: str = ""
    error: str = ""
    hint: str = ""
    since: Instant = 0
    leaving: bool = False
