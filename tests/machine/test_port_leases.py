"""Ports that nobody else has: real sockets, real processes."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from homeport.machine.ports.book import DiskPortBook
from homeport.machine.ports.holders import holder_of, refusal_of
from homeport.machine.ports.leases import FORGOTTEN, QUARANTINE, LeaseFile
from homeport.machine.ports.locks import KernelLocks
from homeport.model.nodes import Service
from homeport.model.parts import Exec, Port, Where
from portboard import Board

MANY = """
import json, sys, time
from pathlib import Path
from homeport.machine.ports.book import DiskPortBook
from homeport.model.nodes import Service
from homeport.model.parts import Exec, Port, Where
folder, instance = Path(sys.argv[1]), sys.argv[2]
book = DiskPortBook(folder, instance, primary=True, wall=time.time)
numbers = []
for at in range(5):
    service = Service(f"s{at}", Where("stack.py", 1), Exec(("x",)), "/", ports=(Port("http", 21000 + at), Port("rpc", 22000)))
    leased = book.lease(service, 2, "")
    assert leased.error is None, leased.error
    numbers += [*leased.shared.values(), *(port for own in leased.own for port in own.values())]
print(json.dumps(numbers), flush=True)
sys.stdin.read()
"""

LOCK = """
import sys
from homeport.machine.ports.locks import KernelLocks
locks = KernelLocks()
print(locks.take(int(sys.argv[1])), flush=True)
sys.stdin.read()
"""


class Clock:
    """A wall clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 1_000_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.at


Make = Callable[..., DiskPortBook]


@pytest.fixture
def clock() -> Clock:
    """The wall's clock."""
    return Clock()


@pytest.fixture
def make(tmp_path: Path, clock: Clock) -> Iterator[Make]:
    """Return how books that share a folder are made; on this machine every number is free."""
    books: list[DiskPortBook] = []
    locked: dict[int, Board] = {}

    def book(
        instance: str, *, primary: bool = False, taken: frozenset[int] = frozenset(), home: str = ""
    ) -> DiskPortBook:
        made = DiskPortBook(
            tmp_path / home,
            instance,
            primary=primary,
            wall=clock,
            refusal=lambda port: "taken" if port in taken else None,
            holder=lambda port: None,
            locks=Board(locked),
        )
        books.append(made)
        return made

    yield book
    for made in books:
        made.close()


def service(name: str, number: int = 8080, *, fixed: bool = False) -> Service:
    """Return a service with one port."""
    return Service(name, Where("stack.py", 7), Exec(("serve",)), "/", ports=(Port("http", number, fixed=fixed),))


def test_ten_instances_at_once_never_clash(tmp_path: Path) -> None:
    """Ten processes that lease at the same time get a hundred and fifty different numbers each of one kind."""
    others = [
        subprocess.Popen(
            [sys.executable, "-c", MANY, str(tmp_path), f"i{at}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for at in range(10)
    ]
    numbers: list[int] = []
    for other in others:
        assert other.stdout is not None
        numbers += json.loads(other.stdout.readline())
    for other in others:
        other.kill()
        with other:
            pass
    assert len(numbers) == 10 * 5 * (2 + 4)
    assert len(set(numbers)) == len(numbers)


def test_numbers_are_the_same_on_the_next_start(make: Make) -> None:
    """A house that ended, however it ended, gets its numbers again; so does one whose neighbours changed."""
    first = make("a")
    before = [first.lease(service(name), 2, "") for name in ("web", "api")]
    first.close()
    second = make("a")
    after = [second.lease(service(name), 2, "") for name in ("new", "api", "web")]
    assert [after[2].own, after[1].own] == [before[0].own, before[1].own]


def test_released_numbers_rest(make: Make, clock: Clock, tmp_path: Path) -> None:
    """What one instance gave back is not leased to another for two minutes, and forgotten after a month."""
    first = make("a")
    number = first.lease(service("api"), 1, "").shared["http"]
    first.keep_only(frozenset())
    everything_else = frozenset(range(20000, 30000)) - {number}
    second = make("b", taken=everything_else)
    assert "no free port" in (second.lease(service("api"), 1, "").error or "")
    clock.at += QUARANTINE
    assert second.lease(service("api"), 1, "").shared == {"http": number}
    second.keep_only(frozenset())
    clock.at += FORGOTTEN + 1
    make("c").lease(service("api"), 1, "")
    assert {lease.instance for lease in LeaseFile(tmp_path).read()} == {"c"}


def test_a_dead_house_holds_nothing_for_long(make: Make, clock: Clock, tmp_path: Path) -> None:
    """The numbers of a house that was killed rest from the moment when somebody notices, and are free then."""
    other = subprocess.Popen(
        [sys.executable, "-c", MANY, str(tmp_path), "dead"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    numbers = frozenset(json.loads(other.stdout.readline()))
    taken = frozenset(range(20000, 30000)) - numbers
    assert "no free port" in (make("a", taken=taken).lease(service("api"), 1, "").error or "")
    other.kill()
    with other:
        pass
    book = make("b", taken=taken)
    assert "no free port" in (book.lease(service("api"), 1, "").error or "")
    clock.at += QUARANTINE
    make("noticed").lease(service("worker"), 1, "")
    clock.at += QUARANTINE
    assert book.lease(service("api"), 1, "").shared["http"] in numbers


def test_declared_numbers_do_not_rest(make: Make) -> None:
    """A number that the file declares is given to the next stack at once: its first instance is who people expect there."""
    first = make("shop", primary=True)
    assert first.lease(service("api"), 1, "").shared == {"http": 8080}
    second = make("blog", primary=True)
    assert second.lease(service("web"), 1, "").shared["http"] >= 20000
    first.close()
    second.close()
    assert make("blog", primary=True).lease(service("web"), 1, "").shared == {"http": 8080}


def test_a_fixed_number_of_another_instance_is_an_error_with_its_name(make: Make) -> None:
    """When a running instance has the number, it is named."""
    make("shop", primary=True).lease(service("api"), 1, "")
    leased = make("blog").lease(service("web", fixed=True), 1, "")
    assert leased.error == '"web" needs the fixed port 8080, which the instance "shop" has'
    assert "stack.py:7" in (leased.hint or "")


def test_two_ports_of_one_service_get_two_numbers(make: Make) -> None:
    """Also when they want the same one, or when only one is left: then the second is refused."""
    both = Service("api", Where("stack.py", 7), Exec(("x",)), "/", ports=(Port("http", 8080), Port("rpc", 8080)))
    assert len(set(make("a", primary=True).lease(both, 1, "").shared.values())) == 2
    taken = frozenset(range(20000, 30000)) - {23456, 23457}
    assert set(make("b", taken=taken).lease(both, 1, "").shared.values()) == {23456, 23457}
    assert "no free port" in (make("c", taken=taken | {23457}).lease(both, 1, "").error or "")


def test_houses_of_two_homes_never_get_one_number(make: Make) -> None:
    """Where the leases are written apart, as for two HOMEs, a number is one house's all the same, until it gives it back."""
    first, second = make("shop", primary=True), make("shop", primary=True, home="other")
    assert first.lease(service("api"), 1, "").shared == {"http": 8080}
    leased = [book.lease(service("db", 8080), 2, "") for book in (first, second)]
    numbers = [port for each in leased for own in (each.shared, *each.own) for port in own.values()]
    assert len(set(numbers)) == len(numbers)
    assert second.lease(service("api"), 1, "").shared["http"] >= 20000
    refused = second.lease(service("web", fixed=True), 1, "")
    assert (
        refused.error == '"web" needs the fixed port 8080, which is held by a house of another user or HOME (of 8080)'
    )
    first.keep_only(frozenset())
    assert second.lease(service("web", fixed=True), 1, "").shared == {"http": 8080}
    second.close()
    assert first.lease(service("web", fixed=True), 1, "").shared == {"http": 8080}


@pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are Linux's")
def test_the_kernel_holds_a_number_until_its_house_is_gone() -> None:
    """A number that one process locked cannot be locked by another, which learns who has it; a killed one has nothing."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    mine = KernelLocks()
    with subprocess.Popen(
        [sys.executable, "-c", LOCK, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"True\n"
        assert not mine.take(port)
        assert mine.holder(port) == f"a house of another user or HOME (process {other.pid})"
        other.kill()
    assert mine.holder(port) is None
    assert mine.take(port)
    assert mine.take(port)
    assert not KernelLocks().take(port)
    mine.keep(())
    again = KernelLocks()
    assert again.take(port)
    again.keep(())


def test_an_unknown_holder_is_told_as_such(make: Make) -> None:
    """Where the holder cannot be seen, that is said."""
    leased = make("a", taken=frozenset({8080})).lease(service("web", fixed=True), 1, "")
    assert leased.error == '"web" needs the fixed port 8080, which is held by a process of another user'


def test_a_changed_declaration_moves_the_service(make: Make) -> None:
    """A new number in the file is taken at once, and the old one is free; a service in use keeps its own unasked."""
    book = make("shop", primary=True, taken=frozenset())
    assert book.lease(service("api", 8080), 1, "").shared == {"http": 8080}
    assert book.lease(service("api", 8081), 1, "").shared == {"http": 8081}
    assert book.lease(service("web", 8080), 1, "").shared == {"http": 8080}


def test_what_runs_keeps_its_number(tmp_path: Path) -> None:
    """Asked again while its own program listens, a service gets the same number."""
    book = DiskPortBook(tmp_path, "a", primary=False, wall=lambda: 0.0)
    number = book.lease(service("api"), 1, "1").shared["http"]
    with socket.create_server(("127.0.0.1", number)):
        assert book.lease(service("api"), 1, "2").shared == {"http": number}
    book.close()
    with socket.create_server(("127.0.0.1", number)):
        other = DiskPortBook(tmp_path, "a", primary=False, wall=lambda: 0.0)
        assert other.lease(service("api"), 1, "3").shared != {"http": number}
        other.close()


def test_a_machine_that_keeps_no_leases_is_told(make: Make, tmp_path: Path) -> None:
    """Where the leases cannot be written, the service has an error with the reason."""
    (tmp_path / "leases.json").mkdir()
    assert "leases.json" in (make("a").lease(service("api"), 1, "7").error or "")
    (tmp_path / "leases.json").rmdir()


def test_a_removed_instance_is_forgotten(make: Make, tmp_path: Path) -> None:
    """After an instance was removed nothing of it is left."""
    book = make("a")
    book.lease(service("api"), 1, "")
    book.close()
    LeaseFile(tmp_path).forget("a")
    assert LeaseFile(tmp_path).read() == []
    assert list(tmp_path.glob("*.house")) == []


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1", "::"])
def test_a_listener_on_any_address_is_seen(address: str) -> None:
    """A port is taken when somebody listens on it, by either family, on loopback or everywhere; and who is told."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listener = socket.create_server((address, 0), family=family)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with listener:
        port = listener.getsockname()[1]
        assert refusal_of(port) == "taken"
        assert f"(process {__import__('os').getpid()}: " in (holder_of(port) or "")
    assert refusal_of(port) is None
    assert holder_of(port) is None


def test_connections_that_are_being_forgotten_are_no_obstacle() -> None:
    """A port whose last connection is in TIME_WAIT can be listened on, and counts as free."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        server, _ = listener.accept()
        server.close()
        client.recv(1)
        client.close()
    assert refusal_of(port) is None
