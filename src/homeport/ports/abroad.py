"""Everything beyond this machine's programs and files: containers, images and clusters."""

from dataclasses import dataclass

from homeport.ports.bookmarks import Bookmarks
from homeport.ports.builder import Builder
from homeport.ports.clusters import Clusters
from homeport.ports.containers import Containers
from homeport.ports.live import LiveLinks
from homeport.ports.manifests import Loader
from homeport.ports.renderer import Renderer
from homeport.ports.trees import Trees


@dataclass(frozen=True)
class Abroad:
    """The ports that lead there."""

    clusters: Clusters
    renderer: Renderer
    builder: Builder
    containers: Containers
    live: LiveLinks
    trees: Trees
    bookmarks: Bookmarks
    manifests: Loader
