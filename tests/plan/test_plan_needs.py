"""When services start, wait and stay."""

from stage import Stage, listening, ref, service, task, tool

from homeport.model.parts import Need
from homeport.model.plan import RunService


def test_a_service_without_needs_starts_at_once():
    """What needs nothing is wanted by the very first plan."""
    assert isinstance(Stage(service("api")).plan().jobs["run", "api", 0], RunService)


def test_a_need_that_is_not_ready_holds():
    """A service starts only when what it needs is ready, and the hold names it."""
    stage = Stage(listening("db"), service("api", "db"))
    stage.sick.add("db")
    answer = stage.settle()
    assert stage.started == ["db.0"]
    assert answer.holds["api"].cause == "db"
    assert answer.holds["api"].reason == "waiting for db, which is starting"


def test_ready_needs_release():
    """Once its needs are ready a service starts, and after them."""
    stage = Stage(service("api", "db"), listening("db"))
    stage.settle()
    assert stage.started == ["db.0", "api.0"]


def test_a_need_lost_before_start_holds_again():
    """Ready once is not ready now: a need that was lost before the start holds again."""
    stage = Stage(listening("db"), listening("queue"), service("api", "db", "queue"))
    stage.sick.add("queue")
    stage.settle()
    stage.unready("db")
    stage.sick.discard("queue")
    answer = stage.settle()
    assert "api.0" not in stage.started
    assert answer.holds["api"].reason == "waiting for db, which is unready"


def test_an_alive_service_stays_when_a_need_is_lost():
    """A lost need does not take a running dependent with it."""
    stage = Stage(listening("db"), listening("api", "db"))
    stage.settle()
    stage.crash("db")
    stage.settle()
    assert stage.run("api").alive
    assert stage.state("api") == "ready"


def test_a_cascade_restarts_after_the_need_was_replaced():
    """With cascade a dependent runs on while its need is away, and is replaced once the new one is ready."""
    stage = Stage(listening("db"), listening("api", Need("db", cascade=True)))
    stage.settle()
    stage.sick.add("db")
    stage.crash("db")
    stage.pass_time(1)
    assert stage.run("db").number == 2
    assert stage.run("api").number == 1
    stage.sick.discard("db")
    stage.settle()
    assert stage.run("api").number == 2


def test_without_cascade_a_replaced_need_changes_nothing():
    """Without cascade a dependent outlives many runs of its need."""
    stage = Stage(listening("db"), listening("api", "db"))
    stage.settle()
    stage.turn("db")
    stage.settle()
    assert (stage.run("db").number, stage.run("api").number) == (2, 1)


def test_an_outdated_need_is_not_good_enough():
    """What is ready in an old version does not release a start: the need must be at the right one."""
    stage = Stage(listening("db"), listening("api", "db"))
    stage.settle()
    stage.slow.add("db")
    stage.turn("db")
    stage.crash("api")
    stage.pass_time(10)
    assert stage.state("db") == "stopping"
    assert stage.run("api").number == 1
    stage.gone("db")
    stage.settle()
    assert stage.run("api").number == 2


def test_a_draining_program_is_not_ready_even_if_it_is_wanted_again():
    """Disabled and enabled within one drain: who drains serves nobody, and its successor waits for its end."""
    stage = Stage(listening("db"), service("api", "db"), enabled={"api": False})
    stage.slow.add("db")
    stage.settle()
    stage.wish(enabled={"db": False})
    stage.settle()
    stage.wish(enabled={})
    stage.settle()
    assert stage.states() == {"db": "stopping", "api": "waiting"}
    stage.gone("db")
    stage.settle()
    assert stage.run("db").number == 2
    assert stage.run("api").alive


def test_started_is_enough_where_it_is_asked_for():
    """The condition ``started`` does not wait for readiness."""
    stage = Stage(listening("db"), service("api", Need("db", "started")))
    stage.sick.add("db")
    stage.settle()
    assert stage.run("api").alive


def test_completed_waits_for_the_end_of_a_task():
    """A need of a task waits for its success."""
    stage = Stage(task("migrate"), service("api", Need("migrate", "completed")))
    stage.busy.add("migrate")
    stage.settle()
    assert stage.states() == {"migrate": "running", "api": "waiting"}
    stage.finish("migrate")
    stage.settle()
    assert stage.run("api").alive


def test_a_failed_task_holds_whoever_needs_it():
    """A task that failed releases nobody."""
    stage = Stage(task("migrate"), service("api", "migrate"))
    stage.sick.add("migrate")
    answer = stage.settle()
    assert answer.holds["api"].reason == "waiting for migrate, which is failed"


def test_a_soft_reference_gives_the_address_without_a_need():
    """Two services that know each other's addresses both start, whoever is ready."""
    stage = Stage(
        listening("a", env={"B": ref("b", "port:http", soft=True)}),
        listening("b", env={"A": ref("a", "port:http")}),
    )
    stage.sick.add("b")
    answer = stage.settle()
    assert stage.started == ["a.0", "b.0"]
    job = answer.jobs["run", "a", 0]
    assert isinstance(job, RunService)
    assert job.values == {"b.port:http": "9100"}


def test_another_address_replaces_who_was_told_it():
    """A program that was told an address is replaced when that address is another one."""
    nodes = (listening("db"), service("api", env={"DB": ref("db", "port:http")}))
    stage = Stage(*nodes)
    stage.settle()
    stage.declare(listening("earlier"), *nodes)
    stage.settle()
    assert stage.run("api").number == 2


def test_missing_tools_hold_with_a_reason():
    """Without its tool a service waits, and the tool says what is missing."""
    stage = Stage(tool("node"), service("web", tools=("node",)))
    stage.lost.add("node")
    answer = stage.settle()
    assert stage.states() == {"node": "failed", "web": "waiting"}
    assert answer.holds["node"].reason == "it is not here"
    stage.lost.clear()
    stage.turn("node")
    stage.settle()
    assert stage.run("web").alive


def test_a_tool_nobody_uses_is_not_fetched():
    """Tools are found or fetched only for what runs."""
    stage = Stage(tool("node"), service("web", tools=("node",), starts=False))
    assert not [key for key in stage.settle().jobs if key[0] == "tool"]
    assert stage.states() == {"node": "stopped", "web": "stopped"}
