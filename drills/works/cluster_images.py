"""What images need is away: the registry during a push, or Docker itself."""

import os
import re
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from drills.between import Between, between
from drills.drill import Drill, Figure, Values, insist
from drills.pods import OTHERS, PROMPT, TESTBED, TOWN, Town, in_town, lacks, settled
from drills.stage import Stage
from drills.waiting import until
from drills.works import containers

REGISTRY = os.environ.get("TESTBED_REGISTRY", "localhost:5005")


def registry_away(stage: Stage, trouble: Callable[[Between], None], end: Callable[[Between], None]) -> Values:
    """Have a registry of our own go while an image is pushed there: the pod that runs stays, and gets saves."""
    host, _, port = REGISTRY.rpartition(":")
    with between((host.replace("localhost", "127.0.0.1"), int(port))) as registry:
        stage.more["NO_PROXY"] = stage.more["no_proxy"] = "localhost,127.0.0.1"
        return in_town(lambda town: _registry_away(town, registry, trouble, end))(stage)


def _registry_away(
    town: Town, registry: Between, trouble: Callable[[Between], None], end: Callable[[Between], None]
) -> Values:
    town.up("--registry", f"localhost:{registry.port}")
    before = town.pods()
    trouble(registry)
    dockerfile = town.stage.folder / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text() + f"RUN echo {town.name} > /srv/new.txt\n")
    red = town.until_red("registry", "push", "localhost:", limit=PROMPT + 20)
    others = town.reload_here()
    town.insist_same(before)
    town.save()
    town.until_saved()
    others = max(others, town.reload_here())
    end(registry)
    healed = town.until_well()
    until(lambda: town.served("new.txt") == f"{town.name}\n", "the new image does not run")
    town.insist_single()
    insist(town.pods("other").items() <= before.items(), "the pod of a service without changes was replaced")
    return {"red": red, "healed": healed, "others": others}


def registry_frozen(stage: Stage) -> Values:
    """It takes connections, and says nothing."""
    return registry_away(stage, Between.freeze, Between.thaw)


def registry_gone(stage: Stage) -> Values:
    """It resets connections, and takes none."""
    return registry_away(stage, Between.cut, Between.mend)


BOX = """stack.service("box", image="busybox", container=container(run="trap exit TERM; sleep 100000 & wait"))
"""


def docker_gone(stage: Stage) -> Values:
    """Take the engine's socket away while a container of ours runs, and a build is wanted for a pod."""
    with ExitStack() as stack:
        socket = stage.folder / "docker.sock"
        engine = stack.enter_context(between(_engine(), socket))
        stage.more["DOCKER_HOST"] = f"unix://{socket}"
        town = stack.enter_context(settled(stage))
        stack.callback(_sweep, town)
        town.write(TOWN + BOX)
        town.up("--on", "box=docker")
        return _docker_gone(town, engine)


def _docker_gone(town: Town, engine: Between) -> Values:
    before, boxes = town.pods(), containers.containers(town.name)
    insist(len(boxes) == 1, f"there are the containers {boxes}")
    births = _births(boxes)
    engine.cut()
    began = time.monotonic()
    until(lambda: "no container engine answers" in _log(town, "box"), "the container's log does not tell", PROMPT)
    told = time.monotonic() - began
    dockerfile = town.stage.folder / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text() + f"RUN echo {town.name} > /srv/new.txt\n")
    red = town.until_red("docker", "engine")
    others = town.reload_here()
    town.insist_same(before)
    town.save()
    town.until_saved()
    engine.mend()
    began = time.monotonic()
    town.until_well("box", "page", "other")
    healed = time.monotonic() - began
    until(lambda: town.served("new.txt") == f"{town.name}\n", "the new image does not run")
    insist(len(containers.containers(town.name)) == 1, f"now there are {containers.containers(town.name)}")
    insist(_births(containers.containers(town.name)) == births, "the container was started anew")
    town.insist_single()
    return {"told": told, "red": red, "healed": healed, "others": others}


def _log(town: Town, service: str) -> str:
    return town.stage.homeport("logs", service).stdout


def _births(names: list[str]) -> list[str]:
    words = ("docker", "inspect", "--format", "{{.Id}} {{.State.StartedAt}}", *names)
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()


def _engine() -> Path:
    found = re.fullmatch(r"unix://(.+)", os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    assert found is not None, "the engine is not on this machine"
    return Path(found[1])


def _sweep(town: Town) -> None:
    town.stage.sweep()
    if left := containers.containers(town.name):
        subprocess.run(["docker", "rm", "--force", "--volumes", *left], check=False, capture_output=True)


_RED = Figure("red after", "red", limit=PROMPT)
_HEALED = Figure("healed after", "healed", limit=PROMPT)
_OTHERS = Figure("a process's reload meanwhile", "others", limit=OTHERS)

DRILLS = (
    Drill(
        "registry-gone",
        "A registry that is gone during a push is told; the old pod runs on and gets saves, the new image comes later",
        registry_gone,
        (_RED, _HEALED, _OTHERS),
        2,
        TESTBED,
        lacks,
    ),
    Drill(
        "registry-frozen",
        "The same when the registry takes what it is sent and never answers",
        registry_frozen,
        (_RED, _HEALED, _OTHERS),
        2,
        0,
        lacks,
    ),
    Drill(
        "docker-gone",
        "Docker's engine away is told to who needs it; pods, processes and containers go on, and what was built comes later",
        docker_gone,
        (Figure("in the log of a container after", "told", limit=PROMPT), _RED, _HEALED, _OTHERS),
        2,
        0,
        lacks,
    ),
)
