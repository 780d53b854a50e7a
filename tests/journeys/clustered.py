"""A person who has a cluster for tests: KUBECONFIG, the Docker client, and namespaces that are gone afterwards."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from person import Person

UP = 300.0
"""Seconds for an `up` on a busy machine that builds an image, and pulls those of some stores."""


def equip(person: Person, absent: Callable[[str], NoReturn]) -> None:
    """Give a person the cluster for tests and what builds images; skips where there is none."""
    if os.environ.get("HOMEPORT_TEST_CLUSTER") != "1":
        pytest.skip("no cluster for tests: set KUBECONFIG and HOMEPORT_TEST_CLUSTER=1")
    if not os.environ.get("KUBECONFIG"):
        absent("HOMEPORT_TEST_CLUSTER=1 promises a cluster, and KUBECONFIG names none")
    docker = shutil.which("docker")
    if docker is None:
        absent("the program docker, which builds images, is not on this machine")
    person.environ["KUBECONFIG"] = os.environ["KUBECONFIG"]
    own, _, others = person.environ["PATH"].partition(os.pathsep)
    person.environ["PATH"] = os.pathsep.join([own, str(Path(docker).parent), others])


def removing(person: Person, namespace: str) -> Iterator[Person]:
    """Give the person; then everything of their house is removed with its data, and the namespace must be gone."""
    try:
        yield person
        person.type("down", "--data", limit=150)
        person.find_nothing()
        assert not pods(namespace)
    finally:
        person.kill_all()
        kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false")


def pods(namespace: str) -> set[str]:
    """Return the names of pods that are not leaving."""
    leaving = "{.metadata.name} {.metadata.deletionTimestamp}"
    told = kubectl("get", "pods", "-n", namespace, "-o", "jsonpath={range .items[*]}" + leaving + "{'\\n'}{end}")
    return {line.strip() for line in told.splitlines() if line and " " not in line.strip()}


def kubectl(*words: str) -> str:
    """Return what kubectl prints; an error is one."""
    return subprocess.run(["kubectl", *words], capture_output=True, text=True, check=True, timeout=60).stdout
