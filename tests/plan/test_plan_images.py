"""What the plan makes of containers: nothing of a program of this machine depends on how it is as one."""

from tests.plan.stage import Stage, listening, ref, secret, service, task

from homeport.model.containers import Container, NamedImage
from homeport.model.parts import Need
from homeport.plan.views import is_settled

ONLY = "it is only an image, and containers are not run yet"
ONE, OTHER = Container(NamedImage("a:1")), Container(NamedImage("a:2"))


def test_what_is_only_an_image_is_held_and_all_else_runs() -> None:
    """It waits with one sentence, and so does who needs it; whoever does not, runs."""
    stage = Stage(
        service("only", run=None, container=ONE),
        task("once", run=None, container=ONE),
        service("needs", Need("only")),
        listening("free"),
    )
    answer = stage.settle()
    assert stage.states() == {"only": "waiting", "once": "waiting", "needs": "waiting", "free": "ready"}
    assert answer.holds["only"].reason == answer.holds["once"].reason == ONLY
    assert answer.holds["needs"].cause == "only"
    assert stage.view("only").detail == ONLY
    assert is_settled(answer), "a wait must not go on for what never comes"


def test_a_program_that_becomes_only_an_image_ends() -> None:
    """Where run= is taken out, the running program is stopped, and then it is held."""
    stage = Stage(service("api", container=ONE))
    stage.settle()
    stage.declare(service("api", run=None, container=ONE))
    stage.settle()
    assert stage.run("api").ended is not None
    assert stage.state("api") == "waiting"


def test_a_change_of_the_container_restarts_no_program() -> None:
    """Another image, or none, leaves a program and a task's success alone."""
    stage = Stage(service("api", container=ONE), task("migrate", container=ONE))
    stage.settle()
    for container in (OTHER, None):
        stage.declare(service("api", container=container), task("migrate", container=container))
        stage.settle()
    assert sorted(stage.started) == ["api.0", "migrate"]


def test_a_program_waits_for_nothing_that_only_its_container_uses() -> None:
    """A secret that cannot be read holds the container that uses it, not the program."""
    stage = Stage(
        secret("key"), listening("api", container=Container(NamedImage("a:1"), env={"K": ref("key", "value")}))
    )
    stage.broken.add("key")
    stage.settle()
    assert stage.state("api") == "ready"
