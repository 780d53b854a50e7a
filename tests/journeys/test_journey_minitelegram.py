"""The chat: each message exactly once, whoever dies meanwhile, and nobody refused."""

import os
import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest
from person import DOWNLOAD, Person


@pytest.fixture(scope="module")
def chat(
    tmp_path_factory: pytest.TempPathFactory,
    settle: Callable[..., Person],
    leaving: Callable[[Person], Iterator[Person]],
    copied: Callable[[str, Path], Path],
    moved: Callable[..., None],
    needs: Callable[[str], object],
) -> Iterator[Person]:
    """Give minitelegram, up and ready."""
    for product in ("postgres", "redis", "rabbitmq"):
        needs(product)
    person = settle(copied("minitelegram", tmp_path_factory.mktemp("chat") / "minitelegram"))
    moved(
        person.folder / "stack.py",
        ('database="telegram"', 'database="telegram", port=PORT'),
        ("append_only=True", "append_only=True, port=PORT"),
        ("management=True", "management=PORT, port=PORT"),
        ("host=9090", "host=PORT"),
    )
    for _ in leaving(person):
        person.type("up", "-d", limit=DOWNLOAD)
        yield person


def gateway(person: Person) -> int:
    """Return the port that the gateways share."""
    return person.node("gateway").ports["main"]


def check(person: Person) -> list[str]:
    """Return the words that send 1,000 messages through the gateway and look for each."""
    url = f"http://127.0.0.1:{gateway(person)}"
    return ["exec", "chat", "--", "python", "-m", "minitelegram.check", "--url", url, "--count", "1000"]


def test_each_message_is_stored_once(chat: Person) -> None:
    """1,000 messages through two gateways and three workers: each is in the database exactly once."""
    assert "sent 1000: 0 lost, 0 stored twice" in chat.type(*check(chat)).out


def test_a_killed_worker_loses_nothing(chat: Person) -> None:
    """A chat worker that is killed in the middle costs no message, and is replaced."""
    before = chat.node("chat")
    victim = before.replicas[1].pid
    assert victim is not None
    with chat.begin(*check(chat)) as running:
        assert running.stdout
        begun = next(line for line in running.stdout if "users are online" in line)
        os.kill(victim, signal.SIGKILL)
        said = begun + running.stdout.read()
    assert running.returncode == 0, said
    assert "sent 1000: 0 lost, 0 stored twice" in said
    after = chat.until(lambda nodes, _: nodes["chat"].state == "ready" and nodes["chat"].replicas[1].pid != victim)
    assert [one.pid for one in after["chat"].replicas if one.replica != 1] == [
        one.pid for one in before.replicas if one.replica != 1
    ]


class Hammer:
    """Asks the gateway again and again, on a new connection each time, until it is told to stop."""

    def __init__(self, port: int, most: int = 5000) -> None:
        self.answers: list[str] = []
        self._port = port
        self._most = most
        self._enough = threading.Event()
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._swing)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._begun.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join()

    def _swing(self) -> None:
        while not self._enough.is_set() and len(self.answers) < self._most:
            self.answers.append(self._ask())
            self._begun.set()

    def _ask(self) -> str:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=15) as connection:
                connection.sendall(b"GET /health HTTP/1.0\r\nHost: gateway\r\n\r\n")
                return re.sub(r"\r\n.*", "", connection.recv(4096).decode(), flags=re.DOTALL)
        except OSError as error:
            return repr(error)


def test_a_rolling_restart_refuses_nobody(chat: Person) -> None:
    """While both gateways are replaced, every new connection is answered."""
    before = {one.pid for one in chat.node("gateway").replicas}
    with Hammer(gateway(chat)) as hammer:
        chat.type("restart", "gateway")
        chat.until(
            lambda nodes, _: (
                nodes["gateway"].state == "ready"
                and nodes["gateway"].ready_replicas == 2
                and not before & {one.pid for one in nodes["gateway"].replicas}
            )
        )
    odd = [answer for answer in hammer.answers if "200" not in answer]
    assert not odd, f"{len(odd)} of {len(hammer.answers)}: {odd[:5]}"
    assert len(hammer.answers) > 10
