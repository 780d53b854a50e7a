"""The promises of a ledger, kept on disk and in the fake: what a later house would read."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from homeport.machine.after.ledger import DiskLedger, accounts
from homeport.ports.containers import Promise
from homeport.ports.fakes.ledger import FakeLedger
from homeport.ports.ledger import Ledger

US, PARENT = os.getpid(), os.getppid()
"""Two processes that live for as long as this test."""


class Read(NamedTuple):
    """What stands in a ledger: the guardian, the signal by which each living one is asked to end, promised containers."""

    guardian: int | None
    living: dict[int, int]
    promises: dict[str, Promise]


class Kept(NamedTuple):
    """A ledger, and a look into it as a later house has it."""

    ledger: Ledger
    read: Callable[[], Read]


@pytest.fixture(params=["disk", "memory"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    """Either keeper of the promise."""
    if request.param == "memory":
        fake = FakeLedger()
        return Kept(fake, lambda: Read(fake.guardian, dict(fake.living), dict(fake.promises)))
    return Kept(DiskLedger(tmp_path, "h1", pytest.fail), lambda: read(tmp_path))


def read(instance: Path) -> Read:
    """Return what the house would leave if it were killed now."""
    file = instance / "runs" / "h1"
    alive = file.read_text()
    file.write_text("house 1 of-another-boot/7\n" + alive.partition("\n")[2])
    [account] = accounts(instance)
    file.write_text(alive)
    guardian = account.guardian.pid if account.guardian is not None else None
    promises = {promise.name: promise for promise in account.containers}
    return Read(guardian, {noted.pid: noted.stop for noted in account.runs}, promises)


def test_who_has_not_ended_stands_there(kept: Kept) -> None:
    """With the signal that asks it to end, until nothing is left of it."""
    kept.ledger.began(US, signal.SIGTERM)
    kept.ledger.began(PARENT, signal.SIGINT)
    assert kept.read().living == {US: signal.SIGTERM, PARENT: signal.SIGINT}
    kept.ledger.ended(US)
    assert kept.read().living == {PARENT: signal.SIGINT}


def test_an_end_may_be_told_twice_or_of_nobody(kept: Kept) -> None:
    """Several may see the same end, and some see one of which no beginning was seen."""
    kept.ledger.began(US, signal.SIGTERM)
    for pid in (US, US, PARENT):
        kept.ledger.ended(pid)
    assert kept.read().living == {}


def test_all_may_end_at_once(kept: Kept) -> None:
    """At the end of a house nobody is left, whoever was told of by then."""
    kept.ledger.began(US, signal.SIGTERM)
    kept.ledger.began(PARENT, signal.SIGINT)
    kept.ledger.all_ended()
    assert kept.read().living == {}


def test_a_number_may_come_again(kept: Kept) -> None:
    """Who begins after another one with this number has ended stands there."""
    kept.ledger.began(US, signal.SIGTERM)
    kept.ledger.ended(US)
    kept.ledger.began(US, signal.SIGINT)
    assert kept.read().living == {US: signal.SIGINT}


def test_the_last_guardian_counts(kept: Kept) -> None:
    """A killed one has a successor."""
    assert kept.read().guardian is None
    kept.ledger.guarded(PARENT)
    kept.ledger.guarded(US)
    assert kept.read() == Read(US, {}, {})


def test_a_promise_stands_there_until_it_is_released(kept: Kept) -> None:
    """The newest word about a container counts; that all processes ended says nothing about it."""
    kept.ledger.promised(Promise("db", "unix:///x"))
    kept.ledger.promised(Promise("db", "unix:///x", stop="SIGINT", sure=True))
    kept.ledger.all_ended()
    assert kept.read().promises == {"db": Promise("db", "unix:///x", stop="SIGINT", sure=True)}
    kept.ledger.released("db")
    kept.ledger.released("db")
    assert kept.read().promises == {}
