"""The declared world: needs, order, references."""

import pytest

from homeport.model.containers import Container, Dockerfile
from homeport.model.errors import Bug, ConfigError, HomeportError, Mistake, OutsideError, RefusedError, WorkFailed
from homeport.model.facts import Ending, Run
from homeport.model.graph import Graph, refs_in, refs_in_container
from homeport.model.nodes import Node, Secret, Service, Source, Task, Tool
from homeport.model.parts import CommandProbe, Exec, HttpProbe, Need, Port, Shell, Where
from homeport.model.values import Ref, Text, refs_of
from homeport.model.wishes import Wishes

AT = Where("stack.py", 7)


def graph(*nodes: Node) -> Graph:
    """Return a graph of these nodes."""
    return Graph("demo", "/", "/stack.py", {node.name: node for node in nodes})


def service(name: str, *needs: Need, **more) -> Service:
    """Return a service."""
    return Service(name, AT, more.pop("run", Exec((name,))), "/", needs=needs, **more)


def test_a_reference_is_a_need():
    """What a value refers to, a tool, a build and a settings file are needs; a declared need of the same name wins."""
    api = service(
        "api",
        Need("db", "started"),
        env={"DB": Text((Ref("db", "port:sql"),))},
        tools=("node",),
        builds=("compile",),
        ready=HttpProbe("/", headers={"K": Text((Ref("key", "value:value"),))}),
    )
    assert graph(api).needs["api"] == (Need("db", "started"), Need("node"), Need("compile"), Need("key"))


def test_a_soft_reference_needs_no_service_but_every_value():
    """Only an address can be known before its service is ready; a secret behind a soft reference is needed."""
    url = Text((Ref("db", "port:sql", soft=True), Ref("key", "value:value", soft=True)))
    found = graph(service("api", env={"DB": url}), service("db"), Secret("key", AT, {"value": Source()}))
    assert found.needs["api"] == (Need("key"),)
    assert found.soft["api"] == ("db", "key")


def test_a_reference_to_oneself_is_no_need():
    """A definition may speak of itself, by name or without."""
    api = service("api", env={"A": Text((Ref("", "host"), Ref("api", "port:http")))})
    found = graph(api)
    assert found.needs["api"] == ()
    assert found.refs["api"] == (Ref("api", "port:http"),)


def test_the_order_puts_needs_first_and_keeps_the_file_otherwise():
    """Every name comes after what it needs; names that are not declared are left out."""
    found = graph(service("c", Need("a"), Need("ghost")), service("b"), service("a"))
    assert found.order == ("a", "c", "b")


def test_a_long_chain_is_no_trouble():
    """Thousands of nodes in a row are put in order without recursion."""
    found = graph(*(service(f"s{n}", Need(f"s{n + 1}")) for n in range(3000)), service("s3000"))
    assert found.order[0] == "s3000"
    assert len(found.order) == 3001


def test_every_value_of_a_node_may_refer():
    """References are found in commands, environments, probes and headers, each once."""
    one, two, three = Ref("a", "host"), Ref("b", "host"), Ref("c", "host")
    api = service(
        "api",
        run=Shell(Text((one, one))),
        env={"X": Text((two,))},
        ready=CommandProbe(Exec((Text((three,)),))),
        live=CommandProbe(Exec(("plain",))),
    )
    assert refs_in(api) == (one, two, three)
    assert list(refs_of("plain")) == []


def test_services_and_tasks_are_what_runs():
    """Runnables come in the order of the file, without tools and values."""
    found = graph(Tool("node", AT, "node"), service("api"), Task("seed", AT, Exec(("seed",)), "/"))
    assert [node.name for node in found.runnables()] == ["api", "seed"]


def test_an_ending_tells_how():
    """An end is told by error, time limit, signal or code, in this order; only a timely zero is well."""
    assert str(Ending(0, 3)) == "exit code 3"
    assert str(Ending(0, signal="SIGKILL")) == "killed by SIGKILL"
    assert str(Ending(0, 0, timed_out=True)) == "its time limit passed"
    assert str(Ending(0, error="could not be started: x")) == "could not be started: x"
    assert [Ending(0, 0).ok, Ending(0, 1).ok, Ending(0, 0, timed_out=True).ok, Ending(0).ok] == [
        True,
        False,
        False,
        False,
    ]
    assert Run(1, "x").alive
    assert not Run(1, "x", ended=Ending(0)).alive


def test_small_words():
    """Places print as people write them, ports know what they want here, and a pause of everything is one of each."""
    assert str(AT) == "stack.py:7"
    assert (Port("http", 80).wanted, Port("http", 80, host=8080).wanted) == (80, 8080)
    assert Wishes(all_paused=True).is_paused("api")
    assert Wishes(paused=frozenset({"api"})).is_paused("api")
    assert not Wishes().is_paused("api")


@pytest.mark.parametrize(
    ("error", "code"),
    [(RefusedError("x"), 2), (WorkFailed("x"), 1), (OutsideError("x"), 3), (Bug("x"), 70), (HomeportError("x"), 1)],
)
def test_every_error_has_its_exit_code(error: HomeportError, code: int):
    """The family decides the exit code; sentence and next step are kept apart."""
    assert (error.exit_code, error.what, error.hint) == (code, "x", None)


def test_a_config_error_carries_every_mistake():
    """Independent mistakes are told together; the first one speaks for them where there is room for one."""
    error = ConfigError([Mistake("first", hint="do"), Mistake("second")])
    assert (error.exit_code, str(error), error.hint, len(error.mistakes)) == (2, "first", "do", 2)


def test_a_container_s_own_words_take_the_place_of_the_program_s():
    """A container uses what it says itself and, where it says nothing, what the program uses; the program, only its own."""
    a, b, c = (Text((Ref(name, "host"),)) for name in "abc")
    image = Dockerfile("/Dockerfile", "/", secrets={"S": c})
    it = service(
        "it", run=Exec((a,)), env={"X": a, "Y": b}, container=Container(image, run=Exec(("x",)), env={"X": "1"})
    )
    assert [ref.node for ref in refs_in(it)] == ["a", "b"]
    assert [ref.node for ref in refs_in_container(it)] == ["b", "c"]
    assert [need.name for need in graph(it, *map(service, "abc")).needs["it"]] == ["a", "b"]
    assert refs_in_container(service("other", run=Exec((a,)))) == ()
