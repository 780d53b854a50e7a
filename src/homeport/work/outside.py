"""Everything outside that workers may touch, gathered once per house."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from homeport.ports.abroad import Abroad
from homeport.ports.clock import Clock
from homeport.ports.digester import Digester
from homeport.ports.evaluator import Evaluator
from homeport.ports.fronts import Fronts
from homeport.ports.logbook import LogBook
from homeport.ports.memory import Memory
from homeport.ports.portbook import PortBook
from homeport.ports.prober import Prober
from homeport.ports.runtime import Runtime
from homeport.ports.toolbox import Toolbox
from homeport.ports.vault import Vault
from homeport.ports.watcher import Watcher
from homeport.work.journal import Journal
from homeport.work.pens import Pens
from homeport.work.seen.cloud import Cloud


@dataclass(frozen=True)
class Surroundings:
    """What programs of this house find around them.

    ``shell``: the environment of the shell that started Homeport. ``hints``: colour and width for their output. ``house``
    names this run of Homeport, ``python`` is its interpreter; ``launchers`` are paths of component launchers by name.
    ``owner``: the id by which things outside of this machine's files are known as this instance's.
    """

    instance: str
    house: str
    root: str
    shell: Mapping[str, str]
    hints: Mapping[str, str]
    python: str
    launchers: Mapping[str, str]
    owner: str = ""


@dataclass(frozen=True)
class Outside(Abroad):
    """The ports of one house."""

    runtime: Runtime
    book: LogBook
    prober: Prober
    watcher: Watcher
    digest: Digester
    vault: Vault
    toolbox: Toolbox
    portbook: PortBook
    fronts: Fronts
    evaluator: Evaluator
    memory: Memory
    clock: Clock
    surroundings: Surroundings
    pens: Pens = field(default_factory=Pens)
    cloud: Cloud = field(default_factory=Cloud)
    journal: Journal = field(default_factory=Journal)
