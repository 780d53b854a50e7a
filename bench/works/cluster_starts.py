"""From nothing to ready on a cluster: one image from its sources, and fifty services; beside docker and kubectl."""

import time
import uuid

from bench.cluster import docker, fifty, kubectl, namespace, registry, served
from bench.place import Place
from bench.work import Row, Values, Work

PATIENCE = "--timeout=170s"


def image(place: Place) -> Values:
    """Let ``ci`` build, push and apply an image that nobody has, and wait for it."""
    with namespace(place) as name:
        _sources(place, name)
        seconds = _timed(place, place.homeport, "ci", "--on", "kubernetes", "--", "true")
        place.run(place.homeport, "down", check=False)
    return {"seconds": seconds}


def by_hand(place: Place) -> Values:
    """Do the same step by step with docker and kubectl."""
    with namespace(place) as name:
        _sources(place, name)
        tag = f"{registry(place)}/{name}:{uuid.uuid4().hex}"
        _rendered(place, "--image", f"web={tag}")
        began = time.perf_counter()
        docker(place, "build", "--quiet", "-t", tag, ".")
        docker(place, "push", tag)
        _applied(place, name)
        return {"seconds": time.perf_counter() - began}


def _sources(place: Place, name: str) -> None:
    """Write a service with content that no layer of any image has."""
    served(place, name, live=False)
    place.write("data/one", uuid.uuid4().hex)


def _rendered(place: Place, *words: str) -> None:
    """Write what ``render`` prints."""
    place.write("rendered.yaml", place.run(place.homeport, "render", *words).stdout)


def _applied(place: Place, name: str) -> None:
    kubectl(place, "apply", "-f", "rendered.yaml")
    kubectl(place, "wait", "-n", name, "--for=condition=Available", "deployment", "--all", PATIENCE)


def _timed(place: Place, *argv: str) -> float:
    began = time.perf_counter()
    place.run(*argv)
    return time.perf_counter() - began


def services(place: Place) -> Values:
    """Let ``ci`` bring fifty services with an image that is there, and wait for all."""
    with namespace(place) as name:
        fifty(place, name)
        seconds = _timed(place, place.homeport, "ci", "--on", "kubernetes", "--", "true")
        place.run(place.homeport, "down", check=False)
    return {"seconds": seconds}


def applied(place: Place) -> Values:
    """Apply the same objects with kubectl, and wait for all."""
    with namespace(place) as name:
        fifty(place, name)
        _rendered(place)
        began = time.perf_counter()
        _applied(place, name)
        return {"seconds": time.perf_counter() - began}


WORKS = (
    Work("image", (Row("one image: build, push, ready", more=500),), {"homeport": image, "by hand": by_hand}),
    Work("fifty", (Row("50 services ready on a cluster", ratio=0.75),), {"homeport": services, "kubectl": applied}),
)
