"""The containers around that of a service or task, in the same pod."""

from lightkube.models.core_v1 import Container, EnvVar
from msgspec import Struct

from homeport.model.containers import Companion
from homeport.model.nodes import Runnable, Task
from homeport.render.mounts import Files
from homeport.render.naming import fitted
from homeport.render.pods import Surroundings, companion
from homeport.render.probes import Probes, probes
from homeport.render.values import Speaker, Spelled


class Spoken(Struct, frozen=True):
    """What a companion says, spelled: its command, variables and probes; and who spoke for it."""

    speaker: Speaker
    how: Companion
    argv: list[str]
    env: dict[str, Spelled]
    looks: Probes


def spoken(node: Runnable, speaker: Speaker) -> dict[str, Spoken]:
    """Return what the companions of a node say, by name: init containers first. The speaker has heard all of it then."""
    assert node.container is not None
    return {name: _spoken(each, speaker.beside(each.ports)) for name, each in node.container.companions.items()}


def _spoken(how: Companion, speaker: Speaker) -> Spoken:
    argv = speaker.argv(how.run) if how.run is not None else []
    env = {name: speaker.spell(value, name) for name, value in how.env.items()}
    return Spoken(speaker, how, argv, env, probes(how.ready, how.live, speaker, listens=bool(how.ports)))


def surroundings(
    node: Runnable,
    own: Container,
    said: dict[str, Spoken],
    env: dict[str, list[EnvVar]],
    mounted: Files,
) -> Surroundings:
    """Return the companions of a node as containers. Beside a task none may keep the pod from ending."""
    assert node.container is not None
    found = Surroundings([], [])
    early: list[Container] = []
    for name, each in said.items():
        is_sidecar = name in node.container.sidecars
        stays = is_sidecar and (each.how.first or isinstance(node, Task))
        made = companion(
            fitted(name), each.how, own, each.argv, env[name], mounted.beside[name], each.looks, stays=stays
        )
        (early if stays else found.beside if is_sidecar else found.before).append(made)
    return Surroundings([*early, *found.before], found.beside)
