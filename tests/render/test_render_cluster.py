"""A real cluster takes what is rendered. ``HOMEPORT_TEST_CLUSTER=1`` says that KUBECONFIG names one for tests."""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from shop import SECRETS, SHOP, graph, site
from test_render_companions import PASSWORD, SURROUNDED
from test_render_development import HELPER
from test_render_manifests import CACHE, DEFINITION, OWN, ROLE, SECRET, WEB

from homeport.render.emit import documents
from homeport.render.injecting import helper_config
from homeport.render.relay import Relayed, relay, relayed
from homeport.render.render import render

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def namespace(absent: Callable[[str], NoReturn]) -> Iterator[str]:
    """A namespace of our own in a cluster for tests."""
    if os.environ.get("HOMEPORT_TEST_CLUSTER") != "1":
        pytest.skip("no cluster for tests: set KUBECONFIG and HOMEPORT_TEST_CLUSTER=1")
    if not os.environ.get("KUBECONFIG"):
        absent("HOMEPORT_TEST_CLUSTER=1 promises a cluster, and KUBECONFIG names none")
    name = f"render-{uuid.uuid4().hex[:8]}"
    try:
        made = kubectl("create", "namespace", name)
    except FileNotFoundError:
        absent("kubectl is not on the PATH")
    if made.returncode != 0:
        absent(f"the cluster does not answer: {made.stderr.strip()}")
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


def kubectl(*words: str, given: str | None = None) -> "subprocess.CompletedProcess[str]":
    """Run kubectl."""
    command = ["kubectl", "--request-timeout=60s", *words]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False)


def taken(text: str) -> None:
    """Ask the cluster whether it would take objects, fields that it does not know included."""
    done = kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-", given=text)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("shown", [False, True], ids=["left-out", "shown"])
def test_a_cluster_takes_every_kind(namespace: str, shown: bool) -> None:
    """The stack of the golden files passes a server-side dry run."""
    of = graph(*SHOP)
    more = {"secrets": SECRETS, "key": b"key"} if shown else {}
    taken(documents(render(of, site(of, namespace=namespace, creates=False, **more))))


def test_a_cluster_takes_companions(namespace: str) -> None:
    """Sidecars and init containers pass a server-side dry run."""
    of = graph(PASSWORD, SURROUNDED)
    taken(documents(render(of, site(of, namespace=namespace, creates=False))))


def test_a_cluster_takes_what_a_house_applies(namespace: str) -> None:
    """The helper, what it leads, and the relay pass a server-side dry run."""
    of = graph(*SHOP)
    more = {"helpers": {"api": HELPER, "schema": HELPER}, "turns": {"api": "7"}, "pull": "IfNotPresent"}
    at = site(of, namespace=namespace, creates=False, owner="i-1", **more)
    carried = helper_config(of, at, b"\x7fELF", "0123456789abcdef")
    standing = relay(of, at, carried["metadata"]["name"], "registry.k8s.io/pause:3.10")
    behind = relayed(of, at, [Relayed("web", {"main": (3000, 20001)})])
    taken(documents([carried, standing, *behind, *render(of, at)]))


def test_a_cluster_takes_objects_of_ones_own(namespace: str) -> None:
    """Manifests among ours pass a server-side dry run."""
    of = graph(OWN, CACHE)
    at = site(of, namespace=namespace, creates=False, manifests={"own": [WEB, DEFINITION, ROLE, SECRET]}, owner="i-1")
    taken(documents(render(of, at)))


@pytest.mark.parametrize("example", ["minitelegram", "seance", "demo"])
def test_a_cluster_takes_the_examples(namespace: str, example: str, tmp_path: Path) -> None:
    """The examples pass a server-side dry run as the command prints them."""
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "XDG_STATE_HOME": str(tmp_path)}
    words = ["render", "--namespace", namespace, "--registry", "localhost:5005", "--tag", "test"]
    command = [sys.executable, "-P", "-m", "homeport", *words]
    done = subprocess.run(command, cwd=EXAMPLES / example, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    taken(done.stdout)


def test_values_are_brought_and_kept(namespace: str) -> None:
    """Who applies the secrets and who applies all else, under its own name each, never undo one another."""
    of = graph(*SHOP)
    secrets = {"namespace": namespace, "creates": False}
    left = documents(each for each in render(of, site(of, **secrets)) if each["kind"] == "Secret")
    shown = [each for each in render(of, site(of, **secrets, secrets=SECRETS, key=b"k")) if each["kind"] == "Secret"]
    for manager, text in (("kubectl", left), ("homeport-secrets", documents(shown)), ("kubectl", left)):
        done = kubectl("apply", "--server-side", f"--field-manager={manager}", "-f", "-", given=text)
        assert done.returncode == 0, done.stderr
    said = kubectl("get", "secret", "jwt", "--namespace", namespace, "-o", "jsonpath={.data}").stdout
    assert "es256.key" in said
