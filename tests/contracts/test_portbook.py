"""The promises of a port book, kept on this machine and in the fake."""

from collections.abc import Callable
from pathlib import Path

import pytest

from homeport.machine.ports.book import DiskPortBook
from homeport.model.nodes import Service
from homeport.model.parts import Exec, Port, Where
from homeport.ports.fakes.portbook import FakePortBook
from homeport.ports.portbook import PortBook
from portboard import Board

TAKEN = {8080: "nginx (process 12: nginx)"}
Make = Callable[..., PortBook]


def service(name: str, *ports: Port) -> Service:
    """Return a service that listens on these ports."""
    return Service(name, Where("stack.py", 7), Exec(("serve",)), "/", ports=ports)


@pytest.fixture
def taken() -> dict[int, str]:
    """What is taken on the machine, and by whom."""
    return dict(TAKEN)


@pytest.fixture(params=["disk", "fake"])
def make(request: pytest.FixtureRequest, tmp_path: Path, taken: dict[int, str]) -> Make:
    """Return how either keeper of the promise is made, on a machine where 8080 is taken."""

    def disk(*, primary: bool = True) -> PortBook:
        return DiskPortBook(
            tmp_path,
            "shop",
            primary=primary,
            wall=lambda: 1000.0,
            refusal=lambda port: "taken" if port in taken else None,
            holder=taken.get,
            locks=Board(),
        )

    def fake(*, primary: bool = True) -> PortBook:
        return FakePortBook(taken, primary=primary)

    return disk if request.param == "disk" else fake


def test_the_first_instance_gets_what_it_wants(make: Make) -> None:
    """The primary instance gets the wanted numbers, ``host`` before ``number``; one program has one set of them."""
    leased = make().lease(service("api", Port("http", 80, host=7001), Port("rpc", 7002)), 1, "id")
    assert (leased.identity, leased.shared, leased.error) == ("id", {"http": 7001, "rpc": 7002}, None)
    assert leased.own == (leased.shared,)


def test_many_leases_together_are_what_they_are_alone(make: Make) -> None:
    """In one transaction nobody gets what another one got, and a refusal is only its own."""
    book = make()
    taken = Port("http", 8080, fixed=True)
    with book.together():
        book.keep_only(frozenset({"web", "api", "old"}))
        web, old, api = (book.lease(service(name, port), 1, name) for name, port in (
            ("web", Port("http", 7001)), ("old", taken), ("api", Port("http", 7001)),
        ))  # fmt: skip
    assert web.shared == {"http": 7001}
    assert old.error is not None
    assert api.error is None
    assert api.shared != web.shared
    assert book.lease(service("api", Port("http", 7001)), 1, "again").shared == api.shared


def test_a_taken_number_is_replaced(make: Make) -> None:
    """A wanted number that is taken is replaced by a leased one."""
    leased = make().lease(service("api", Port("http", 8080)), 1, "")
    assert leased.error is None
    assert 20000 <= leased.shared["http"] < 30000


def test_other_instances_get_leased_numbers(make: Make) -> None:
    """An instance that is not the primary one leaves the wanted numbers alone."""
    leased = make(primary=False).lease(service("api", Port("http", 7001)), 1, "")
    assert 20000 <= leased.shared["http"] < 30000


def test_a_fixed_number_that_is_taken_is_an_error_with_its_holder(make: Make) -> None:
    """Who needs a taken number and no other is told who has it, and what to do."""
    leased = make(primary=False).lease(service("api", Port("http", 8080, fixed=True)), 1, "")
    assert leased.error == '"api" needs the fixed port 8080, which is held by nginx (process 12: nginx)'
    assert leased.hint
    assert leased.shared == {}


def test_a_fixed_number_is_given_to_any_instance(make: Make) -> None:
    """A fixed number that is free is given, whichever instance asks."""
    assert make(primary=False).lease(service("api", Port("http", 7001, fixed=True)), 1, "").shared == {"http": 7001}


def test_replicas_share_the_wanted_number_and_have_their_own(make: Make) -> None:
    """With replicas the shared address has the wanted number; each replica's own numbers are leased and differ."""
    leased = make().lease(service("api", Port("http", 7001), Port("rpc", 7002)), 3, "")
    assert leased.shared == {"http": 7001, "rpc": 7002}
    own = [number for replica in leased.own for number in replica.values()]
    assert len(leased.own) == 3
    assert len(set(own)) == 6
    assert all(20000 <= number < 30000 for number in own)


def test_a_fixed_port_has_one_replica(make: Make) -> None:
    """Replicas of a fixed port are an error in a sentence."""
    assert "only one replica" in (make().lease(service("api", Port("http", 7001, fixed=True)), 2, "").error or "")


def test_numbers_stay_the_same(make: Make) -> None:
    """Asked again, or after a release, a service gets the same numbers; two services never share one."""
    book = make(primary=False)
    api, web = service("api", Port("http", 7001)), service("web", Port("http", 7001))
    first = book.lease(api, 2, "1")
    other = book.lease(web, 1, "1")
    assert book.lease(api, 2, "2").own == first.own
    book.keep_only(frozenset())
    third = book.lease(service("new", Port("http", 7001)), 1, "1")
    assert book.lease(api, 2, "3").shared == first.shared
    numbers = [*first.shared.values(), *other.shared.values(), *third.shared.values()]
    assert len(set(numbers)) == 3


def test_a_leased_number_outlasts_the_trouble_of_the_wanted_one(make: Make, taken: dict[int, str]) -> None:
    """While it is leased a number stays, though the wanted one became free; another wanted number is another word."""
    book = make()
    first = book.lease(service("api", Port("http", 8080)), 1, "1")
    taken.clear()
    again = book.lease(service("api", Port("http", 8080)), 3, "2")
    assert again.shared == first.shared
    assert book.lease(service("api", Port("http", 7001)), 3, "3").shared == {"http": 7001}


def test_two_services_that_want_one_number_get_two(make: Make) -> None:
    """The second one that wants a number gets another; when it is fixed, an error."""
    book = make()
    assert book.lease(service("a", Port("http", 7001)), 1, "").shared == {"http": 7001}
    assert book.lease(service("b", Port("http", 7001)), 1, "").shared["http"] >= 20000
    assert "another service of this stack" in (
        book.lease(service("c", Port("http", 7001, fixed=True)), 1, "").error or ""
    )


def test_a_service_without_ports_has_none(make: Make) -> None:
    """Who listens nowhere gets nothing, for each replica."""
    leased = make().lease(service("worker"), 2, "")
    assert (leased.shared, leased.own, leased.error) == ({}, ({}, {}), None)
