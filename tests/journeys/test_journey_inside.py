"""Inside a pod: commands, a shell with a terminal, files. On a real cluster, without a running house."""

import json
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from person import Person

from homeport.cli import exits
from homeport.machine.clusters.record import Record, Records
from homeport.machine.instances.folders import folders_of
from homeport.machine.instances.registry import Instances
from homeport.model.ownership import NAME, OWNER


def kubectl(*words: str, given: str | None = None) -> str:
    """Run kubectl; return what it says."""
    return subprocess.run(["kubectl", *words], input=given, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def guest(
    settle: Callable[..., Person], tmp_path_factory: pytest.TempPathFactory, absent: Callable[[str], NoReturn]
) -> Iterator[Person]:
    """A person whose instance has a pod of two containers on the cluster for tests."""
    if os.environ.get("HOMEPORT_TEST_CLUSTER") != "1":
        pytest.skip("no cluster for tests: set KUBECONFIG and HOMEPORT_TEST_CLUSTER=1")
    if not os.environ.get("KUBECONFIG"):
        absent("HOMEPORT_TEST_CLUSTER=1 promises a cluster, and KUBECONFIG names none")
    person = settle(tmp_path_factory.mktemp("inside") / "shop", KUBECONFIG=os.environ["KUBECONFIG"], SHELL="/bin/sh")
    file = person.save("stack.py", "from homeport import Stack\nStack('inside')\n")
    instance = Instances(folders_of(person.environ)).resolve("inside", file)
    instance.folder.mkdir(parents=True, mode=0o700)
    records, space = Records(instance.folder), f"inside-{secrets.token_hex(4)}"
    server = kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")
    context = kubectl("config", "current-context").strip()
    records.keep(Record(context, server, space, records.owner(), services=("api",), made=True))
    try:
        fill(space, records.owner())
        yield person
        assert "with the namespace" in person.type("down").out
    finally:
        kubectl("delete", "namespace", space, "--ignore-not-found", "--wait=false")


def fill(space: str, owner: str) -> None:
    """Make the namespace and the pod, and wait until it runs."""
    labels = {OWNER: owner, NAME: "api"}
    containers = [{"name": name, "image": "busybox", "command": ["sleep", "100000"]} for name in ("side", "api")]
    meta = {"name": "api-1", "namespace": space, "labels": labels}
    spec = {"terminationGracePeriodSeconds": 0, "containers": containers}
    for each in (
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space, "labels": {OWNER: owner}}},
        {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec},
    ):
        kubectl("apply", "-f", "-", given=json.dumps(each))
    kubectl("-n", space, "wait", "pod/api-1", "--for=condition=Ready", "--timeout=60s")


def test_a_command_runs_in_the_pod(guest: Person) -> None:
    """Its output and code are passed on; a container may be named; what the image does not have is said."""
    assert guest.type("exec", "api", "--", "sh", "-c", "hostname; exit 7", exits=7).out == "api-1\n"
    assert guest.type("exec", "api/api-1", "-c", "side", "--", "hostname").out == "api-1\n"
    missing = guest.type("exec", "api", "--", "no-such-program", exits=exits.OUTSIDE)
    assert '"no-such-program" was not found in the pod api-1, container api' in missing.err
    assert "it has api-1" in guest.type("exec", "api/other", "--", "true", exits=exits.REFUSED).err
    assert "has no pods" in guest.type("exec", "web", "--", "true", exits=exits.REFUSED).err


def test_input_of_any_size_arrives_whole(guest: Person) -> None:
    """Megabytes in and out at the same time, through pipes."""
    given = os.urandom(5_000_000)
    command = ["homeport", "exec", "api", "--", "cat"]
    done = subprocess.run(command, cwd=guest.folder, env=guest.environ, input=given, capture_output=True, check=False)
    assert (done.returncode, done.stdout == given) == (0, True)


def test_a_shell_is_a_terminal(guest: Person) -> None:
    """It has our terminal's name and size and hears of another size; Ctrl-C is the program's; the code is passed on."""
    terminal = guest.open("shell", "api", columns=77)
    try:
        terminal.press("echo ready-$((40+2)) $TERM; stty size\n")
        terminal.until("ready-42 xterm-256color")
        terminal.until("40 77")
        terminal.resize(33, 66)
        terminal.press('until [ "$(stty size)" = "33 66" ]; do :; done; echo smaller-$((1+1))\n')
        terminal.until("smaller-2")
        terminal.press("echo go-$((1+2)); sleep 1000\n")
        terminal.until("go-3")
        terminal.press("\x03")
        terminal.press("echo alive-$((1+3))\n")
        terminal.until("alive-4")
        terminal.press("exit 9\n")
        assert terminal.ended() == 9
    finally:
        terminal.close()


def test_files_go_both_ways(guest: Person) -> None:
    """A folder with a program and a link comes back as it went; a wrong path is an error in the container's words."""
    guest.save("src/a.txt", "one")
    program = guest.save("src/bin/run", "#!/bin/sh\necho ran\n")
    program.chmod(0o755)
    (guest.folder / "src" / "link").symlink_to("a.txt")
    assert guest.type("cp", "src", "api:/tmp").out == "copied 2 files, 22 B\n"
    assert guest.type("exec", "api", "--", "/tmp/src/bin/run").out == "ran\n"
    guest.type("cp", "api:/tmp/src", "back")
    assert subprocess.run(["diff", "-r", "src", "back"], cwd=guest.folder, check=False).returncode == 0
    assert (guest.folder / "back" / "link").readlink() == Path("a.txt")
    assert "No such file" in guest.type("cp", "api:/none", ".", exits=exits.OUTSIDE).err
    refused = guest.type("cp", "src/a.txt", "api:/none/x", exits=exits.OUTSIDE).err
    assert '"/none" is not a folder in the container' in refused
