"""The chat in four placements, from one file: each message exactly once wherever its parts run. On a real cluster."""

import os
import subprocess
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from clustered import UP
from person import Person

pytestmark = pytest.mark.timeout(600)

PLACEMENTS = {
    "processes": (),
    "pods": ("--on=kubernetes",),
    "stores": ("--on=postgres=kubernetes", "--on=redis=kubernetes", "--on=rabbitmq=kubernetes"),
    "workers": ("--on=kubernetes", "--on=gateway=here"),
}
PODS = {
    "processes": set[str](),
    "pods": {"postgres", "redis", "rabbitmq", "schema", "gateway", "chat", "presence"},
    "stores": {"postgres", "redis", "rabbitmq"},
    "workers": {"postgres", "redis", "rabbitmq", "schema", "chat", "presence"},
}


@pytest.fixture(scope="module", params=list(PLACEMENTS))
def placement(request: pytest.FixtureRequest) -> str:
    """Give one placement after the other."""
    return str(request.param)


@pytest.fixture(scope="module")
def chat(
    placement: str, clustered: Callable[..., Iterator[Person]], needs: Callable[[str], object]
) -> Iterator[Person]:
    """Give minitelegram, up and ready in a placement."""
    if placement == "processes":
        for product in ("postgres", "redis", "rabbitmq"):
            needs(product)
    yield from clustered(
        "minitelegram",
        f"chat-{placement}-{os.getpid()}",
        ('database="telegram"', 'database="telegram", port=PORT'),
        ("append_only=True", "append_only=True, port=PORT"),
        ("management=True", "management=PORT, port=PORT"),
        ("host=9090", "host=PORT"),
        up=PLACEMENTS[placement],
    )


def check(person: Person) -> str:
    """Send 1,000 messages from this machine and look for each in the database; return what was found."""
    dsn = urlsplit(person.type("exec", "chat", "--", "printenv", "DSN").out.strip())
    postgres, gateway = (person.node(name).ports["main"] for name in ("postgres", "gateway"))
    here = dsn._replace(netloc=f"{dsn.netloc.rpartition('@')[0]}@127.0.0.1:{postgres}").geturl()
    words = ["-m", "minitelegram.check", "--url", f"http://127.0.0.1:{gateway}", "--count", "1000"]
    done = subprocess.run(
        [person.folder / ".venv/bin/python", *words],
        cwd=person.folder,
        env={**person.environ, "DSN": here},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


def in_pods(person: Person) -> set[str]:
    """Return what runs in the cluster, or ran there to its end."""
    return {node.name for node in person.frame().nodes if node.place == "kubernetes"}


def test_each_message_is_stored_once(chat: Person, placement: str) -> None:
    """1,000 messages through gateways and workers: each is in the database exactly once, whatever runs where."""
    assert in_pods(chat) == PODS[placement]
    assert "sent 1000: 0 lost, 0 stored twice" in check(chat)


def test_workers_are_scaled(chat: Person) -> None:
    """`scale chat=20` runs twenty workers, in pods or here; nothing is lost among them."""
    chat.type("scale", "chat=20")
    chat.type("wait", "chat", "--timeout", "120s", limit=130)
    assert chat.node("chat").ready_replicas == 20
    assert "sent 1000: 0 lost, 0 stored twice" in check(chat)
    chat.type("scale", "chat=3")
    chat.until(lambda nodes, _: len(nodes["chat"].replicas) == 3 and nodes["chat"].state == "ready")


def test_a_service_moves_while_the_others_run(chat: Person) -> None:
    """One command moves the gateway to the other place; nothing else starts anew, and no message is lost."""
    stays = _runs(chat)
    there = "kubernetes" if chat.node("gateway").place != "kubernetes" else "here"
    chat.type("up", "-d", f"--on=gateway={there}", limit=UP)
    assert ("gateway" in in_pods(chat)) == (there == "kubernetes")
    assert _runs(chat) == stays
    assert "sent 1000: 0 lost, 0 stored twice" in check(chat)


def _runs(person: Person) -> dict[str, set[object]]:
    """Return which processes and pods every service but the gateway has."""
    services = [node for node in person.frame().nodes if node.type == "service" and node.name != "gateway"]
    return {node.name: {one.pid or one.detail for one in node.replicas} for node in services}
