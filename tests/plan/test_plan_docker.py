"""What the plan makes of containers of this machine: an engine, and ways out of them."""

from tests.plan.stage import Stage, listening, ref, service

from homeport.model.containers import Container, NamedImage
from homeport.model.facts import Engine
from homeport.model.nodes import Tool
from homeport.model.parts import Where
from homeport.model.plan import Bridge, FindEngine, RunService
from homeport.plan.views import is_settled

ONE = Container(NamedImage("one:1"))


def test_without_an_engine_a_container_is_held_with_the_reason() -> None:
    """What can only be a container waits for an engine, says why there is none, and is no crash."""
    stage = Stage(service("only", run=None, container=ONE), listening("free"))
    stage.put(("engine", "", 0), Engine("0", error="no engine answers", hint="start it", at=stage.now))
    answer = stage.pass_time(1.0)
    assert answer.holds["only"].reason == "no container can run: no engine answers"
    assert answer.holds["docker engine"].reason == "no engine answers; start it"
    assert is_settled(answer), "a wait must not go on for what never comes"
    assert not any(isinstance(job, RunService) and job.service.name == "only" for job in answer.jobs.values())


def test_an_engine_is_looked_for_again() -> None:
    """One that did not answer is asked again after some seconds, and then the container starts."""
    stage = Stage(service("only", run=None, container=ONE))
    stage.put(("engine", "", 0), Engine("0", error="no engine answers", at=stage.now))
    assert not any(isinstance(job, FindEngine) for job in stage.plan().jobs.values())
    stage.wait(3.0)
    stage.settle()
    assert stage.run("only").number == 1


def test_who_needs_no_container_looks_for_no_engine() -> None:
    """A stack of processes never asks for Docker."""
    stage = Stage(listening("api"), service("web", container=ONE))
    answer = stage.settle()
    assert stage.see.fact(("engine", "", 0), Engine) is None
    assert not any(isinstance(job, FindEngine | Bridge) for job in answer.jobs.values())


def test_a_service_whose_program_is_missing_is_a_container() -> None:
    """Where a tool is not to be had, the service runs as a container; without an engine both reasons are told."""
    tool = Tool("cache-server", Where("stack.py", 1), "cache")
    stage = Stage(tool, service("cache", tools=("cache-server",), container=ONE))
    stage.lost.add("cache-server")
    answer = stage.settle()
    assert [job.image for job in answer.jobs.values() if isinstance(job, RunService)] == ["one:1"]


def test_a_way_is_opened_to_whom_a_container_uses() -> None:
    """A container that refers to a process waits until the way to it is open; nobody else needs one."""
    stage = Stage(listening("api"), service("box", run=None, container=ONE, env={"API": ref("api", "port:http")}))
    answer = stage.settle()
    bridges = [job for job in answer.jobs.values() if isinstance(job, Bridge)]
    assert [job.service for job in bridges] == ["api"]
    assert stage.run("box").number == 1
