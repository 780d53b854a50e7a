"""Which images there are and who runs them where: what each is called in its place, once it is there."""

from collections.abc import Mapping
from typing import Final

from homeport.model.containers import NamedImage
from homeport.model.places import Place
from homeport.model.plan import Hold
from homeport.model.shipped import Imaged
from homeport.model.snapshot import Snapshot

_WAY: Final[Mapping[Place, int]] = {"kubernetes": 0, "docker": 1}


def image_key(name: str, place: Place) -> tuple[str, str, int]:
    """Return where an image is made: once for a cluster, and once for containers of this machine."""
    return ("image", name, _WAY[place])


def delivered(node: str, place: Place, see: Snapshot) -> str | Hold:
    """Return what an image of a node (in manifests: of node and image) is called in its place, or why there is none yet."""
    name = see.graph.image_of.get(node)
    if name is None:
        image = see.graph.image_users.get(node)
        return image.name if isinstance(image, NamedImage) else Hold("it has no image")
    made = see.fact(image_key(name, place), Imaged)
    if made is None or not made.name:
        return Hold(made.error if made is not None and made.error else "its image is not there yet")
    return made.name


def used_images(see: Snapshot, names: frozenset[str]) -> dict[tuple[str, Place], list[str]]:
    """Return the images that wanted nodes run, with where, and by whom."""
    found: dict[tuple[str, Place], list[str]] = {}
    for user, image in see.graph.image_of.items():
        node = node_of(user)
        if node in names and (place := see.place(node)) != "here":
            users = found.setdefault((image, place), [])
            users += [node] if node not in users else []
    return found


def node_of(user: str) -> str:
    """Return the node of one who uses an image: itself, or for an image in manifests what is before it."""
    return user.partition("/")[0]
