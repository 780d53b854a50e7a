"""The promises of a memory, kept on disk and in the fake."""

from pathlib import Path

import pytest

from homeport.machine.memory.disk import DiskMemory
from homeport.model.facts import Done
from homeport.model.graph import Graph
from homeport.model.kept import KeptFile, KeptImage
from homeport.model.wishes import Wishes
from homeport.ports.fakes.memory import FakeMemory


@pytest.fixture(params=["disk", "memory"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> DiskMemory | FakeMemory:
    """Either keeper of the promise."""
    if request.param == "memory":
        return FakeMemory()
    return DiskMemory(
        tmp_path / "memory.json", data=tmp_path / "data", secrets=tmp_path / "secrets", runtime=lambda: tmp_path / "run"
    )


def test_wishes_that_last_are_remembered(memory: DiskMemory | FakeMemory) -> None:
    """Switches, arguments, options, replicas and pauses of single nodes outlive a run; everything else does not."""
    lasting = Wishes(
        enabled={"a": False}, args={"t": ("x",)}, options={"o": "1"}, replicas={"a": 2}, paused=frozenset({"b"})
    )
    assert memory.wishes() == Wishes()
    memory.keep_wishes(
        Wishes(
            turns={"a": 3},
            enabled=lasting.enabled,
            args=lasting.args,
            options=lasting.options,
            replicas=lasting.replicas,
            paused=lasting.paused,
            selected=frozenset({"a"}),
            all_paused=True,
            jobs=2,
            give_up=3,
        )
    )
    assert memory.wishes() == lasting


def test_successes_are_remembered_by_task(memory: DiskMemory | FakeMemory) -> None:
    """The last success of each task is kept."""
    memory.keep_done("build", Done("1"))
    memory.keep_done("seed", Done("2", count=4))
    memory.keep_done("build", Done("3", count=2))
    assert memory.done() == {"build": Done("3", count=2), "seed": Done("2", count=4)}


def test_an_image_is_remembered_with_its_files(memory: DiskMemory | FakeMemory) -> None:
    """By its name in the graph; another one takes its place."""
    first = KeptImage(
        "registry/demo/api:hp-1", "rest-1", {"/app/a": KeptFile(0o644, "0a"), "/app/b": KeptFile(0o777, "", "a")}
    )
    assert memory.image("image:api") is None
    memory.keep_image("image:api", first)
    memory.keep_image("image:web/part", KeptImage("other", "rest"))
    assert memory.image("image:api") == first
    memory.keep_image("image:api", KeptImage("registry/demo/api:hp-2", "rest-2"))
    assert memory.image("image:api") == KeptImage("registry/demo/api:hp-2", "rest-2")


def test_data_have_an_id_until_they_are_removed(memory: DiskMemory | FakeMemory) -> None:
    """The same data have the same id; new ones another, also than other services'."""
    first = memory.data_id("db")
    assert memory.data_id("db") == first != memory.data_id("cache")
    memory.keep_done("seed", Done("1"))
    memory.remove_data()
    assert memory.data_id("db") != first
    assert memory.done() == {}


def test_folders_differ_by_service(memory: DiskMemory | FakeMemory) -> None:
    """Each service has folders of its own, and the same ones again."""
    names = ["db", "a/b", "..", "a"]
    folders = [memory.data_folder(name) for name in names] + [memory.runtime_folder(name) for name in names]
    assert len(set(folders)) == len(folders)
    assert memory.data_folder("db") == folders[0]


def test_any_graph_may_be_kept(memory: DiskMemory | FakeMemory) -> None:
    """A sound evaluation is remembered without a word; one after the other."""
    for stack in ("a", "b", "b"):
        memory.keep_graph(Graph(stack, "/repo", "/repo/stack.py", {}), ("canary-1",))
