"""What the nodes of a graph are made of: commands, ports, probes, rules and policies. Durations are seconds."""

from typing import Literal

from msgspec import Struct

from homeport.model.values import Value


class Where(Struct, frozen=True):
    """The place in a user's file that declared something; lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    def below(self, root: str) -> str:
        """Return the place as it is called in the folder ``root``."""
        return f"{self.file.removeprefix(f'{root}/')}:{self.line}"


class Exec(Struct, frozen=True, tag="exec", tag_field="kind"):
    """A program and its arguments, started without a shell."""

    argv: tuple[Value, ...]


class Shell(Struct, frozen=True, tag="shell", tag_field="kind"):
    """A line of shell text, run by ``/bin/sh -c``."""

    text: Value


Command = Exec | Shell


class Port(Struct, frozen=True, omit_defaults=True):
    """A named port that a service listens on.

    ``number`` is what the program uses in a container; ``host`` the number wanted on this machine (default: the same).
    A ``fixed`` program cannot be told another number. ``env`` names a variable that tells the program its number, besides
    ``PORT``, which tells the first port.
    """

    name: str
    number: int
    host: int | None = None
    fixed: bool = False
    env: str | None = None

    @property
    def wanted(self) -> int:
        """The number wanted on this machine."""
        return self.number if self.host is None else self.host


class Timing(Struct, frozen=True, omit_defaults=True):
    """When a probe looks and how often it must see the same before it is believed.

    ``every`` None means: eager while the program starts (tens of milliseconds, growing), calm once it is ready.
    """

    every: float | None = None
    timeout: float = 2.0
    after: float = 0.0
    successes: int = 1
    failures: int = 3


class HttpProbe(Struct, frozen=True, tag="http", tag_field="kind", omit_defaults=True):
    """Healthy when a GET of ``path`` answers with one of ``statuses`` (empty: 200-399)."""

    path: str
    port: str | None = None
    statuses: tuple[int, ...] = ()
    headers: dict[str, Value] = {}
    timing: Timing = Timing()


class TcpProbe(Struct, frozen=True, tag="tcp", tag_field="kind", omit_defaults=True):
    """Healthy when the port accepts a connection."""

    port: str | None = None
    timing: Timing = Timing()


class CommandProbe(Struct, frozen=True, tag="command", tag_field="kind", omit_defaults=True):
    """Healthy when the command, run in the service's environment, exits with 0."""

    run: Command
    timing: Timing = Timing()


class LogProbe(Struct, frozen=True, tag="log", tag_field="kind", omit_defaults=True):
    """Ready once a line of this run's output matches the regular expression ``pattern``."""

    pattern: str
    timing: Timing = Timing()


Probe = HttpProbe | TcpProbe | CommandProbe | LogProbe

Condition = Literal["ready", "started", "completed"]


class Need(Struct, frozen=True, omit_defaults=True):
    """Another node that must be in a condition before this one starts.

    ``cascade``: when the need was replaced by a new run, this one is restarted as well. ``soft`` needs come from
    references that give only an address.
    """

    name: str
    condition: Condition = "ready"
    cascade: bool = False


class Files(Struct, frozen=True, omit_defaults=True):
    """Which files count: ``patterns`` (gitignore syntax, matched below the absolute folder ``base``) less ``ignore``."""

    base: str
    patterns: tuple[str, ...]
    ignore: tuple[str, ...] = ()


class Restart(Struct, frozen=True, omit_defaults=True):
    """What follows when a service ends by itself.

    ``policy``: ``always`` (a service is expected to run), ``on-failure`` (an exit with 0 ends it), ``never``. Pauses grow
    from ``first`` by doubling up to ``longest``, and are forgotten after a run of ``quiet`` seconds. ``limit``: give up after
    that many crashes in a row (None: never).
    """

    policy: Literal["always", "on-failure", "never"] = "always"
    first: float = 0.5
    longest: float = 30.0
    quiet: float = 30.0
    limit: int | None = None


class Stop(Struct, frozen=True, omit_defaults=True):
    """How a program is asked to end: a signal by name, and the seconds it has before it is killed."""

    signal: str = "SIGTERM"
    grace: float = 10.0


class Keep(Struct, frozen=True, omit_defaults=True):
    """How much of a log is kept: about ``size`` bytes, and no line longer than ``age`` seconds."""

    size: int = 256 * 1024 * 1024
    age: float = 30 * 86400.0


class Link(Struct, frozen=True):
    """An address worth showing to a person."""

    title: str
    url: Value
