"""What commands say and do about objects on clusters: with one that is out of reach, and with a real one."""

import json
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from homeport.cli import exits
from homeport.cli.screen.clearing import Swept, told
from homeport.machine.clusters.record import Record, Records
from homeport.machine.instances.folders import Folders
from homeport.machine.instances.registry import Instances
from homeport.model.ownership import OWNER

Homeport = Callable[..., "subprocess.CompletedProcess[str]"]
NOWHERE = "https://127.0.0.1:9"
CONFIG = f"""\
apiVersion: v1
kind: Config
current-context: lab
contexts: [{{name: lab, context: {{cluster: lab, user: me}}}}]
clusters: [{{name: lab, cluster: {{server: "{NOWHERE}"}}}}]
users: [{{name: me, user: {{}}}}]
"""


@pytest.fixture
def environ(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """An environment with a kubeconfig whose only cluster does not answer."""
    (tmp_path / "r").mkdir(mode=0o700)
    (tmp_path / "kubeconfig").write_text(CONFIG)
    return {**environ, "XDG_RUNTIME_DIR": str(tmp_path / "r"), "KUBECONFIG": str(tmp_path / "kubeconfig")}


@pytest.fixture
def records(tmp_path: Path) -> Records:
    """The records of the stack in this folder, whose house does not run."""
    (tmp_path / "stack.py").write_text("from homeport import Stack\nStack('shop')\n")
    folders = Folders(tmp_path / "state" / "homeport", tmp_path / "cache", tmp_path / "r" / "homeport")
    instance = Instances(folders).resolve("shop", tmp_path / "stack.py")
    instance.folder.mkdir(parents=True, mode=0o700)
    return Records(instance.folder)


def record(**more: object) -> Record:
    return Record("lab", NOWHERE, "shop-ns", "o1", services=("api", "db"), **more)  # type: ignore[arg-type]


def test_what_is_on_a_cluster_is_listed(homeport: Homeport, records: Records) -> None:
    """`ps` shows an instance that does not run and still has something there; no cluster is asked for that."""
    assert homeport("ps").stdout == "nothing runs on this machine\n"
    records.keep(record())
    assert "stopped, 2 services on lab/shop-ns" in homeport("ps").stdout
    assert json.loads(homeport("ps", "--json").stdout)[0]["clusters"] == ["2 services on lab/shop-ns"]


@pytest.mark.parametrize("words", [["down"], ["down", "--all"], ["prune", "shop", "-y"]])
def test_a_cluster_out_of_reach_loses_nothing(homeport: Homeport, records: Records, words: list[str]) -> None:
    """One clear error with a next step and the code for the outside; what is there stays remembered."""
    records.keep(record())
    told = homeport(*words)
    assert told.returncode == exits.OUTSIDE
    assert "2 services on lab/shop-ns may still be there" in told.stderr + told.stdout
    assert "out of reach" in told.stderr + told.stdout
    assert "homeport down --forget" in told.stderr + told.stdout
    assert records.all() == (record(),)


def test_a_cluster_that_is_gone_for_good_can_be_forgotten(homeport: Homeport, records: Records) -> None:
    """Who knows that nobody will ever answer says so, and is not asked again."""
    records.keep(record())
    done = homeport("down", "--forget")
    assert done.returncode == exits.OK
    assert done.stdout.splitlines()[-1] == "forgot what was on lab/shop-ns"
    assert records.all() == ()


def test_a_context_that_leads_elsewhere_is_not_followed(homeport: Homeport, records: Records) -> None:
    """Nothing is removed from a cluster that only has the name of the one that is meant."""
    records.keep(Record("lab", "https://10.9.8.7", "shop-ns", "o1"))
    done = homeport("down")
    assert done.returncode == exits.REFUSED
    assert f'the context "lab" leads to {NOWHERE} by now, and what is meant is on https://10.9.8.7' in done.stderr


def test_volumes_that_stayed_are_only_mentioned(homeport: Homeport, records: Records) -> None:
    """Once all but volumes was removed, `down` asks no cluster any more and says how they go; `--all` has nothing to end."""
    records.keep(record(cleared=True))
    done = homeport("down")
    assert (done.returncode, done.stderr) == (exits.OK, "")
    assert "volumes on lab/shop-ns stay; `homeport down --data` removes them" in done.stdout
    assert homeport("down", "--all").stdout == "nothing runs on this machine\n"


def test_pruning_names_what_is_on_a_cluster(homeport: Homeport, records: Records) -> None:
    """Before anything is removed."""
    records.keep(record())
    assert "2 services on lab/shop-ns, with all volumes" in homeport("prune", "shop", "--dry-run").stdout


def test_what_went_and_what_stays_in_a_few_words() -> None:
    """Counts, names of volumes, and why other things stay."""
    assert told(Swept("lab", "ns", ("a", "b"), whole=True)) == ["removed 2 objects from lab/ns, with the namespace"]
    assert told(Swept("lab", "ns", ("a",), ("data-db-0",), ("x stays",))) == [
        "removed 1 object from lab/ns",
        "volume data-db-0 stays; `homeport down --data` removes it",
        "x stays",
        "once what others have there is gone, `homeport down` removes that as well",
    ]


def definition(group: str, owner: str) -> dict[str, object]:
    """Return the definition of a kind, by an owner."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    names = {"plural": "things", "singular": "thing", "kind": "Thing"}
    spec = {"group": group, "scope": "Namespaced", "names": names, "versions": [version]}
    meta = {"name": f"things.{group}", "labels": {OWNER: owner}}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": meta, "spec": spec}


class Bed:
    """A namespace of ours with things in it, on a real cluster."""

    def __init__(self, records: Records) -> None:
        self.space = f"clusters-{secrets.token_hex(4)}"
        self.owner = records.owner()
        self.server = self.kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")
        self.context = self.kubectl("config", "current-context").strip()

    def kubectl(self, *words: str, given: str | None = None) -> str:
        done = subprocess.run(["kubectl", *words], input=given, capture_output=True, text=True, check=True)
        return done.stdout

    def fill(self) -> None:
        meta = {"name": self.space, "labels": {OWNER: self.owner}}
        inside = {**meta, "namespace": self.space, "name": "data-db-0"}
        claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
        for each in (
            {"apiVersion": "v1", "kind": "Namespace", "metadata": meta},
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": inside, "spec": claim},
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {**inside, "name": "api-env"}},
        ):
            self.kubectl("apply", "-f", "-", given=json.dumps(each))

    def record(self) -> Record:
        return Record(self.context, self.server, self.space, self.owner, services=("api",), made=True)


@pytest.fixture
def bed(records: Records, absent: Callable[[str], NoReturn]) -> Iterator[Bed]:
    """A filled namespace."""
    if os.environ.get("HOMEPORT_TEST_CLUSTER") != "1":
        pytest.skip("no cluster for tests: set KUBECONFIG and HOMEPORT_TEST_CLUSTER=1")
    if not os.environ.get("KUBECONFIG"):
        absent("HOMEPORT_TEST_CLUSTER=1 promises a cluster, and KUBECONFIG names none")
    bed = Bed(records)
    try:
        bed.fill()
        yield bed
    finally:
        bed.kubectl("delete", "namespace", bed.space, "--ignore-not-found", "--wait=false")


def test_down_removes_what_is_ours_on_a_real_cluster(homeport: Homeport, records: Records, bed: Bed) -> None:
    """Volumes stay until `--data`, which names them first and takes the namespace with them."""
    records.keep(bed.record())
    first = homeport("down", KUBECONFIG=os.environ["KUBECONFIG"])
    assert first.returncode == exits.OK, first.stderr
    assert f"removed 1 object from {bed.context}/{bed.space}" in first.stdout
    assert "volume data-db-0 stays; `homeport down --data` removes it" in first.stdout
    assert f"volumes on {bed.context}/{bed.space}" in homeport("ps").stdout
    last = homeport("down", "--data", KUBECONFIG=os.environ["KUBECONFIG"])
    assert last.returncode == exits.OK, last.stderr
    assert "removing volume data-db-0" in last.stdout
    assert ", with the namespace" in last.stdout
    assert records.all() == ()
    assert bed.kubectl("get", "namespace", "-o", "name", "--ignore-not-found", bed.space) == ""


def test_what_stays_for_others_goes_with_a_later_down(homeport: Homeport, records: Records, bed: Bed) -> None:
    """A definition of which somebody has an object is not forgotten: once that is gone, `down` removes it."""
    group, live = f"{bed.space}.example.dev", {"KUBECONFIG": os.environ["KUBECONFIG"]}
    theirs = {"apiVersion": f"{group}/v1", "kind": "Thing", "metadata": {"name": "theirs", "namespace": "default"}}
    kinds = (("apiextensions.k8s.io/v1", "CustomResourceDefinition"), (f"{group}/v1", "Thing"))
    bed.kubectl("apply", "-f", "-", given=json.dumps(definition(group, bed.owner)))
    try:
        bed.kubectl("wait", "--for=condition=Established", f"crd/things.{group}")
        bed.kubectl("create", "-f", "-", given=json.dumps(theirs))
        records.keep(Record(bed.context, bed.server, bed.space, bed.owner, kinds, services=("own",)))
        assert f'CustomResourceDefinition "things.{group}" stays' in homeport("down", **live).stdout
        assert homeport("ps").stdout.count(f"objects on {bed.context}/{bed.space}") == 1
        bed.kubectl("delete", f"things.{group}", "theirs", "-n", "default")
        last = homeport("down", "--data", **live)
        assert last.returncode == exits.OK, last.stderr
        assert records.all() == ()
        assert bed.kubectl("get", "crd", "-o", "name", "--ignore-not-found", f"things.{group}") == ""
    finally:
        bed.kubectl("delete", "crd", f"things.{group}", "--ignore-not-found", "--wait=false")
