"""What the plan makes of containers: nothing of a program of this machine depends on how it is as one."""

from tests.plan.stage import Stage, listening, ref, secret, service, task

from homeport.model.containers import Container, NamedImage
from homeport.model.parts import Need
from homeport.model.plan import RunService

ONE, OTHER = Container(NamedImage("a:1")), Container(NamedImage("a:2"))


def test_what_is_only_an_image_runs_in_a_container() -> None:
    """Without a program of this machine a service or task is started from its image, and others wait for it as for any."""
    stage = Stage(
        service("only", run=None, container=ONE),
        task("once", run=None, container=ONE),
        service("needs", Need("only")),
        listening("free"),
    )
    answer = stage.settle()
    started = [job for job in answer.jobs.values() if isinstance(job, RunService) and job.service.name == "only"]
    assert [job.image for job in started] == ["a:1"]
    assert stage.states()["once"] == "completed"
    assert stage.state("free") == "ready"


def test_a_program_that_becomes_only_an_image_is_replaced() -> None:
    """Where run= is taken out, the running program is stopped, and a container takes its place."""
    stage = Stage(service("api", container=ONE))
    stage.settle()
    before = stage.run("api")
    stage.declare(service("api", run=None, container=ONE))
    stage.settle()
    assert stage.run("api").number == before.number + 1


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
