"""Puts the real parts of one house together."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import homeport.components.launch
from homeport.adapters.files import watcher
from homeport.adapters.files.digest import digest_files
from homeport.adapters.images.builder import DockerBuilder
from homeport.adapters.links.fronts import LoopbackFronts
from homeport.adapters.live import trees
from homeport.adapters.probes.prober import LoopbackProber
from homeport.adapters.tools.box import Toolbox
from homeport.kit.masking import Mask
from homeport.logs.book import DiskLogBook
from homeport.machine.clusters.record import Records
from homeport.machine.files import private_folder
from homeport.machine.instances.folders import Folders
from homeport.machine.instances.instance import Instance
from homeport.machine.memory.bookmarks import DiskBookmarks
from homeport.machine.ports.book import DiskPortBook
from homeport.machine.secrets.vault import DiskVault
from homeport.ports.clock import Clock
from homeport.ports.clusters import Clusters
from homeport.ports.containers import Containers
from homeport.ports.evaluator import Evaluator
from homeport.ports.memory import Memory
from homeport.ports.runtime import Runtime
from homeport.session.keeping import Keeping, KeepingEvaluator
from homeport.session.later import LaterRenderer
from homeport.session.loading import FileLoader
from homeport.session.notices import Notices
from homeport.session.reaching import CloudLinks
from homeport.session.settings import Settings
from homeport.session.sources import NotingEvaluator, Sources
from homeport.work.outside import Outside, Surroundings
from homeport.work.seen.cloud import Cloud


@dataclass(frozen=True)
class Parts:
    """What is opened before a house is put together, and closed after it. ``house`` names this run of Homeport."""

    house: str
    folders: Folders
    portbook: DiskPortBook
    runtime: Runtime
    containers: Containers
    clusters: Clusters
    evaluator: Evaluator
    sources: Sources
    clock: Clock


def furnish(settings: Settings, instance: Instance, parts: Parts, memory: Memory, notices: Notices) -> Outside:
    """Return the ports of a house. ``notices`` tell people what happened to the house itself."""
    vault = DiskVault(root=instance.root, folder=instance.secrets, runtime=instance.runtime(), environ=settings.environ)
    cloud = Cloud()
    return Outside(
        runtime=parts.runtime,
        book=_book(instance, parts.clock, Mask(vault.named), notices),
        prober=LoopbackProber(),
        watcher=watcher(portable=settings.portable),
        digest=digest_files,
        vault=vault,
        toolbox=Toolbox(settings.environ.get("PATH", ""), parts.folders.cache),
        portbook=parts.portbook,
        fronts=LoopbackFronts(),
        # Noted last: whoever finds the sources read is to find what came of it, too.
        evaluator=NotingEvaluator(
            KeepingEvaluator(parts.evaluator, Keeping(vault, memory, settings.environ, notices.say)), parts.sources
        ),
        memory=memory,
        clock=parts.clock,
        surroundings=_surroundings(settings, instance, parts.house),
        clusters=parts.clusters,
        renderer=LaterRenderer(),
        builder=DockerBuilder(parts.runtime.spawn, settings.environ, parts.folders.cache / "builds"),
        containers=parts.containers,
        live=CloudLinks(cloud),
        trees=trees,
        bookmarks=DiskBookmarks(instance.folder / "bookmarks.jsonl"),
        manifests=FileLoader(settings.environ),
        cloud=cloud,
    )


def leasing(instance: Instance, folders: Folders, clock: Clock) -> DiskPortBook:
    """Return the port book of an instance; all of this user share the folder of leases."""
    return DiskPortBook(folders.leases, instance.name, primary=instance.primary, wall=clock.wall)


def _surroundings(settings: Settings, instance: Instance, house: str) -> Surroundings:
    """Return what programs of a house find around them."""
    return Surroundings(
        instance=instance.name,
        house=house,
        root=str(instance.root),
        shell=settings.environ,
        hints=settings.hints,
        python=sys.executable,
        launchers=_launchers(),
        owner=Records(instance.folder).owner(),
    )


def _book(instance: Instance, clock: Clock, mask: Mask, notices: Notices) -> DiskLogBook:
    """Return the log book of an instance; its own trouble is told by notices."""
    return DiskLogBook(
        private_folder(instance.logs),
        wall=clock.wall,
        mask=mask,
        say=lambda service, text: notices.say(f"logs of {service}: {text}", about=f"logs of {service}"),
    )


def _launchers() -> Mapping[str, str]:
    """Return the programs that prepare and become the servers of components, by name."""
    folder = Path(homeport.components.launch.__file__).parent
    return {path.stem: str(path) for path in folder.glob("*.py") if not path.name.startswith("_")}
