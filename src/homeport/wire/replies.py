"""What a house answers. ``type`` says which message it is; ``end`` or ``error`` is the last one of an answer."""

from typing import Literal

from msgspec import Struct

from homeport.model.lines import LogLine
from homeport.model.plan import Hold
from homeport.model.view import EngineView, Frame
from homeport.model.whereabouts import Whereabouts
from homeport.model.wishes import Wishes


class Reply(Struct, tag_field="type", tag=str.lower, omit_defaults=True):
    """The base of all messages of a house."""


class FrameReply(Reply, tag="frame"):
    """The house at one revision, or what changed."""

    frame: Frame


class LinesReply(Reply, tag="lines"):
    """Lines of logs, in the order of their time. ``earlier``: written before the request."""

    lines: tuple[LogLine, ...]
    earlier: bool = False


class Link(Struct, frozen=True, omit_defaults=True):
    """One step of a chain of causes: a node, why it does not go on, and the last lines that it wrote."""

    name: str
    state: str
    reason: str
    cause: str | None = None
    tail: tuple[str, ...] = ()


class ChainReply(Reply, tag="chain"):
    """The chain of causes: empty when nothing holds the node."""

    name: str
    state: str
    detail: str = ""
    links: tuple[Link, ...] = ()


class WaitedReply(Reply, tag="waited"):
    """How a wait ended. ``missing`` are the nodes not in the condition, with the sentence about each.

    When time was up, nothing may be missing: the stack file is being read then, and may say something else.
    ``file_error``: what is wrong with the stack file; the answer is about its last good version.
    """

    outcome: Literal["reached", "failed", "timeout", "closing"]
    names: tuple[str, ...] = ()
    missing: dict[str, str] = {}
    file_error: str | None = None


class DoneReply(Reply, tag="done"):
    """A wish was taken; ``names`` are the nodes that it concerns."""

    names: tuple[str, ...] = ()


class WishesReply(Reply, tag="wishes"):
    """Everything that people asked for."""

    wishes: Wishes


class EnvironmentReply(Reply, tag="environment"):
    """The environment and working folder of a node. Secret values are in it: it is for starting programs only."""

    env: dict[str, str]
    folder: str


class WhereReply(Reply, tag="where"):
    """Where a service or task runs now."""

    name: str
    where: Whereabouts


class SecretValue(Struct, frozen=True, omit_defaults=True):
    """A value that is treated as secret: its node, its name there, and why. ``weak``: too short or common to be masked."""

    node: str
    name: str
    why: str
    weak: bool = False


class SecretsReply(Reply, tag="secrets"):
    """What is treated as secret, as far as it is loaded."""

    secrets: tuple[SecretValue, ...] = ()


class LeftReply(Reply, tag="left"):
    """Who is still stopping, with the seconds of grace left."""

    left: tuple[tuple[str, float], ...] = ()


class DumpReply(Reply, tag="dump"):
    """Everything worth keeping about a running house."""

    frame: Frame
    holds: dict[str, tuple[tuple[str, Hold], ...]]
    wishes: Wishes
    tails: dict[str, tuple[LogLine, ...]]
    engine: EngineView | None = None


class End(Reply):
    """The answer is complete."""


class Error(Reply):
    """The request cannot be answered: what is wrong and what to do. ``exit`` is the exit code for a command line."""

    what: str
    hint: str | None = None
    exit: int = 2


AnyReply = (
    FrameReply
    | LinesReply
    | ChainReply
    | WaitedReply
    | DoneReply
    | WishesReply
    | EnvironmentReply
    | WhereReply
    | SecretsReply
    | LeftReply
    | DumpReply
    | End
    | Error
)
