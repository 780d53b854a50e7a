"""The demo on a cluster: saves show in its pods, and its parts move between pods, processes and containers."""

import json
import os
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from clustered import UP, pods
from person import Person

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def demo(clustered: Callable[..., Iterator[Person]]) -> Iterator[Person]:
    """Give the demo, up and ready in pods."""
    yield from clustered(
        "demo",
        space(),
        ('database="demo"', 'database="demo", port=PORT'),
        ('stack.redis("redis"', 'stack.redis("redis", port=PORT'),
        ("port=8000", "port=PORT"),
        ("port=3000", "port=PORT"),
        up=("--on", "kubernetes"),
    )


def space() -> str:
    """Return the name of this run's stack, which is that of its namespace."""
    return f"demo-{os.getpid()}"


def ask(person: Person, path: str, body: object = None) -> Any:
    """Ask the page, by the address that it has on this machine; a body makes it a POST."""
    data = json.dumps(body).encode() if body is not None else None
    address = f"http://127.0.0.1:{person.node('page').ports['main']}"
    with urllib.request.urlopen(urllib.request.Request(address + path, data=data), timeout=10) as answer:
        text = answer.read().decode()
    return json.loads(text) if "json" in answer.headers["Content-Type"] else text


def noted(person: Person, word: str) -> None:
    """Write a note on the page; the worker must read it."""
    ask(person, "/api/notes", {"text": f"two {word}"})
    assert "2 words" in person.line("worker", word)


def pods_of(person: Person, *names: str) -> set[str]:
    """Return the pods of these services."""
    return {one.detail for name in names for one in person.node(name).replicas}


def test_a_note_goes_through_pods(demo: Person) -> None:
    """What is written on the page goes through API, database and worker, each in its pod."""
    noted(demo, "journeywork")
    assert pods_of(demo, "api", "worker", "page") <= pods(space())


def test_a_save_shows_in_the_pod(demo: Person) -> None:
    """A saved page is served by the same pod; a saved program runs in the same pod."""
    before = pods(space())
    demo.change("page/index.html", "<title>Homeport demo", "<title>Saved demo")
    demo.until(lambda nodes, _: "1 file" in nodes["page"].note)
    assert "<title>Saved demo" in ask(demo, "/")
    demo.change("worker.py", "%s waits for", "%s now waits for")
    demo.change("service.py", "listening on", "now listening on")
    for name in ("worker", "api", "page"):
        demo.line(name, " now ")
    ask(demo, "/api/notes", {"text": "a sesquipedalian"})
    assert "sesquipedalian" in demo.line("worker", "the longest is .sesq")
    assert pods(space()) == before


def test_pods_reach_a_process_of_this_machine(demo: Person) -> None:
    """The API moves here while the page stays in its pod, and finds it; its saves restart the process."""
    before = pods_of(demo, "page", "worker", "postgres", "redis")
    demo.type("up", "-d", "--on=api=here", limit=UP)
    demo.until(lambda nodes, _: nodes["api"].state == nodes["page"].state == "ready")
    assert demo.node("api").replicas[0].pid
    noted(demo, "homebound")
    assert pods_of(demo, "page", "worker", "postgres", "redis") == before
    old = demo.node("api").replicas[0].pid
    demo.change("api.py", '"visits": int(', '"guests": 1, "visits": int(')
    demo.restarted("api", old)
    assert ask(demo, "/api/numbers")["guests"] == 1


def test_a_container_is_between_both(demo: Person) -> None:
    """Redis moves into a container of this machine: the API here and the worker in its pod find it."""
    before = pods_of(demo, "page", "worker", "postgres")
    demo.type("up", "-d", "--on=redis=docker", limit=UP)
    assert demo.node("redis").place == "docker"
    demo.until(lambda nodes, _: nodes["api"].state == nodes["page"].state == "ready")
    assert ask(demo, "/api/visits", {})["visits"] == 1, "another store: it was never counted there"
    noted(demo, "containerised")
    assert pods_of(demo, "page", "worker", "postgres") == before


def test_what_comes_home_leaves_the_cluster(demo: Person) -> None:
    """Programs that move here leave no pods; the database stays, and is found from here."""
    database = pods_of(demo, "postgres")
    demo.type("up", "-d", "--on=worker=here", "--on=page=here", limit=UP)
    demo.until(lambda nodes, _: nodes["worker"].state == nodes["page"].state == "ready")
    noted(demo, "homecoming")
    assert pods_of(demo, "postgres") == database
    services = {name for name in pods(space()) if not name.startswith("migrate-")}
    assert services == database
