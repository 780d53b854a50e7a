"""What a house leaves on a cluster when it ends, and how that goes. On a real cluster."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from person import Person

from homeport.cli import exits

STACK = """\
from homeport import Stack, container

stack = Stack("left-NUMBER")
stack.service("api", image="busybox", container=container(run=["sleep", "100000"]))
stack.service("page", run="exec sleep 100000")
"""


@pytest.fixture
def settler(settle: Callable[..., Person], tmp_path: Path, absent: Callable[[str], NoReturn]) -> Iterator[Person]:
    """A person with a stack that may run on the cluster for tests."""
    if os.environ.get("HOMEPORT_TEST_CLUSTER") != "1":
        pytest.skip("no cluster for tests: set KUBECONFIG and HOMEPORT_TEST_CLUSTER=1")
    if not os.environ.get("KUBECONFIG"):
        absent("HOMEPORT_TEST_CLUSTER=1 promises a cluster, and KUBECONFIG names none")
    person = settle(tmp_path / "stack", KUBECONFIG=os.environ["KUBECONFIG"])
    person.save("stack.py", STACK.replace("NUMBER", f"{os.getpid()}"))
    try:
        yield person
        person.find_nothing()
    finally:
        person.kill_all()
        subprocess.run(
            ["kubectl", "delete", "namespace", f"left-{os.getpid()}", "--ignore-not-found", "--wait=false"], check=True
        )


def test_pods_outlive_the_house_until_they_are_removed(settler: Person) -> None:
    """Ctrl-C ends processes and says what stays; `ps` lists it, `exec` reaches it, `down` removes it with the namespace."""
    where = f"{current_context()}/left-{os.getpid()}"
    terminal = settler.open("up", "--on", "kubernetes")
    try:
        terminal.until("page stays on this machine: it has no image")
        terminal.until("api   ready")
        terminal.press("\x03")
        assert terminal.ended() == exits.INTERRUPTED
        assert f"Still there: 1 service on {where}. `homeport down` removes that" in terminal.said
    finally:
        terminal.close()
    assert f"stopped, 1 service on {where}" in settler.type("ps").out
    assert settler.type("exec", "api", "--", "echo", "inside").out == "inside\n"
    assert "with the namespace" in settler.type("down").out
    assert settler.type("ps").out == "nothing runs on this machine\n"


def current_context() -> str:
    """Return the context that `up` takes."""
    done = subprocess.run(["kubectl", "config", "current-context"], capture_output=True, text=True, check=True)
    return done.stdout.strip()
