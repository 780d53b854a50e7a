"""What is remembered of each sound evaluation."""

import pytest

from homeport.engine.store import Store
from homeport.model.errors import OutsideError
from homeport.model.graph import Graph
from homeport.model.nodes import Service
from homeport.model.parts import Exec, Where
from homeport.model.snapshot import Snapshot
from homeport.model.wishes import Wishes, newest
from homeport.ports.fakes.memory import FakeMemory
from homeport.ports.fakes.vault import FakeVault
from homeport.session.clock import SystemClock
from homeport.session.keeping import Keeping, Remembering


def file(replicas: int) -> Graph:
    """Return what a file declares."""
    api = Service("api", Where("stack.py", 1), Exec(("api",)), "/", replicas=replicas)
    return Graph("demo", "/", "/stack.py", {"api": api})


def wished(replicas: int) -> Store:
    """Return a store in which another number was wished while the file said 1."""
    wishes = Wishes(replicas={"api": replicas}, declared={"api": 1}, enabled={"api": False})
    return Store(Snapshot(file(1), wishes, {}), SystemClock(), newest)


def test_a_wish_that_the_file_made_old_does_not_come_back() -> None:
    """Whatever a later file says: what was remembered of it is forgotten, and all other wishes are not."""
    memory = FakeMemory()
    report = Remembering(wished(2), memory, pytest.fail)
    report.declare(file(1))
    assert memory.wishes().replicas == {"api": 2}
    report.declare(file(3))
    report.declare(file(1))
    assert memory.wishes() == Wishes(enabled={"api": False})


def test_a_house_begins_without_the_wishes_that_its_file_made_old() -> None:
    """They were wished before, in an earlier house."""
    wishes = Wishes(replicas={"api": 2}, declared={"api": 1})
    assert Store(Snapshot(file(3), wishes, {}), SystemClock(), newest).snapshot.wishes == Wishes()


def test_the_thread_that_keeps_a_graph_writes_no_wishes() -> None:
    """Those of the event loop, which may be newer than what the thread read, are what is remembered."""
    memory = FakeMemory()
    memory.keep_wishes(wished(2).snapshot.wishes)
    before = memory.wishes()
    Keeping(FakeVault(), memory, {}, pytest.fail).keep(file(3), {})
    assert memory.good == file(3)
    assert memory.wishes() is before


def test_what_cannot_be_remembered_of_wishes_is_said_by_its_name() -> None:
    """It is not the last good configuration that is lost then."""
    memory, said = FakeMemory(), list[str]()
    memory.refusal = OutsideError("the disk is full", hint="make room")
    Remembering(wished(2), memory, said.append).declare(file(3))
    assert said == ["the next start may not remember what was wished: the disk is full; make room"]
