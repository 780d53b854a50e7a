"""The end: dependents first."""

from msgspec.structs import replace
from stage import Stage, listening, service, task

from homeport.model.plan import Front
from homeport.plan.views import is_settled


def test_dependents_leave_first():
    """What something alive leans on stays until that has gone."""
    stage = Stage(listening("db"), listening("api", "db"), service("web", "api"))
    stage.settle()
    stage.slow.update(("db", "api", "web"))
    stage.close()
    for leaving, waiting in (("web", ["api", "db"]), ("api", ["db"]), ("db", [])):
        answer = stage.settle()
        assert stage.run(leaving).stopping
        assert [name for kind, name, _ in answer.jobs if kind == "run"] == waiting
        assert answer.decisions[leaving].state == "stopping"
        stage.gone(leaving)
    answer = stage.settle()
    assert answer.jobs == {}
    assert {answer.decisions[name].state for name in ("db", "api", "web")} == {"stopped"}
    assert is_settled(answer)


def test_what_is_leaned_on_through_something_ended_stays_too():
    """A need of a completed task is a need of whoever needs the task."""
    stage = Stage(listening("db"), task("migrate", "db"), service("api", "migrate"))
    stage.settle()
    stage.slow.add("api")
    stage.close()
    stage.settle()
    assert not stage.run("db").stopping
    assert stage.run("db").alive


def test_a_task_is_ended_before_what_it_needs():
    """A running task leans on its needs like a service."""
    stage = Stage(listening("db"), task("migrate", "db"))
    stage.busy.add("migrate")
    stage.slow.add("migrate")
    stage.settle()
    stage.close()
    stage.settle()
    assert stage.run("migrate").stopping
    assert stage.run("db").alive
    stage.gone("migrate")
    stage.settle()
    assert not stage.run("db").alive


def test_the_shared_address_stays_open_while_somebody_leans_on_it():
    """A dependent that drains may still call a replicated service."""
    stage = Stage(listening("api", replicas=2), service("web", "api"))
    stage.settle()
    stage.slow.add("web")
    stage.close()
    front = stage.settle().jobs["front", "api", 0]
    assert isinstance(front, Front)
    assert front.targets == {"http": (9010, 9020)}
    stage.gone("web")
    assert ("front", "api", 0) not in stage.settle().jobs


def test_at_once_waits_for_nobody():
    """Asked to end at once, nothing is kept for anybody."""
    stage = Stage(listening("db"), service("api", "db"))
    stage.settle()
    stage.see = replace(stage.see, closing="at once", revision=stage.see.revision + 1)
    assert stage.plan().jobs == {}


def test_nothing_new_starts():
    """Once closing, nothing that is missing is started, nor watched, nor read."""
    stage = Stage(listening("db"), listening("api", "db"))
    stage.settle()
    stage.crash("db")
    stage.crash("api")
    stage.close()
    assert stage.settle().jobs == {}
    stage.pass_time(60)
    assert stage.started == ["db.0", "api.0"]
