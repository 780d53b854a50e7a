"""Containers of a killed house are found by its notes, ended before anything else starts, and never adopted."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from homeport.machine.after.ledger import DiskLedger, accounts
from homeport.machine.after.leftovers import leftovers, listed
from homeport.machine.after.reaping import reap
from homeport.ports.containers import Promise
from playedengine import FakeEngine, playing

DEAD = "house 1 of-another-boot/7\n"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[FakeEngine]:
    """Return an engine that is played."""
    with playing(tmp_path / "engine.sock") as engine:
        yield engine


def note(folder: Path, *promises: Promise) -> Path:
    """Write down what a dead house promised."""
    (folder / "runs").mkdir(exist_ok=True)
    file = folder / "runs" / "h1"
    file.write_text(DEAD + "".join(f"promised {msgspec.json.encode(promise).decode()}\n" for promise in promises))
    return file


def test_what_was_promised_stands_there_until_it_is_released(tmp_path: Path) -> None:
    """The newest word about a container counts, also when the file is written anew."""
    ledger = DiskLedger(tmp_path, "h1", pytest.fail)
    ledger.promised(Promise("a b", "unix:///x"))
    ledger.promised(Promise("a b", "unix:///x", sure=True))
    ledger.promised(Promise("c", "unix:///x"))
    ledger.released("c")
    file = tmp_path / "runs" / "h1"
    file.write_text(DEAD + file.read_text().partition("\n")[2])
    assert [account.containers for account in accounts(tmp_path)] == [(Promise("a b", "unix:///x", sure=True),)]
    ledger.close()
    assert file.exists()
    ledger.released("a b")


def test_a_house_that_released_all_leaves_no_file(tmp_path: Path) -> None:
    """There is nothing to look after."""
    ledger = DiskLedger(tmp_path, "h1", pytest.fail)
    ledger.promised(Promise("c", "unix:///x"))
    ledger.released("c")
    ledger.close()
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_line_that_a_crash_cut_off_costs_no_other(tmp_path: Path) -> None:
    """It tells nothing."""
    file = note(tmp_path, Promise("c", "unix:///x"))
    file.write_text(file.read_text() + 'promised {"name": "d"\n')
    assert [[one.name for one in account.containers] for account in accounts(tmp_path)] == [["c"]]


def test_what_is_left_is_named_ended_and_removed(tmp_path: Path, engine: FakeEngine) -> None:
    """Asked by its signal first; afterwards nothing is noted any more."""
    engine.ends = {"shop-db-1"}
    file = note(tmp_path, Promise("shop-db-1", engine.address, stop="SIGINT"))
    assert listed(leftovers(tmp_path, "shop")) == "db (container shop-db-1)"
    said: list[str] = []
    assert listed(reap(tmp_path, "shop", said.append)) == "db (container shop-db-1)"
    assert said == ["an earlier run was killed and left db (container shop-db-1) behind; that is ended first"]
    heard = [engine.heard() for _ in range(4)]
    assert heard[2:] == ["POST /containers/shop-db-1/kill?signal=SIGINT", "DELETE /containers/shop-db-1?force=1&v=1"]
    assert not file.exists()


def test_what_the_guardian_removed_is_not_told(tmp_path: Path, engine: FakeEngine) -> None:
    """It is not there any more."""
    engine.absent["shop-db-1"] = 99
    file = note(tmp_path, Promise("shop-db-1", engine.address))
    assert reap(tmp_path, "shop", pytest.fail) == []
    assert not file.exists()


def test_an_engine_that_does_not_run_holds_nobody_up(tmp_path: Path) -> None:
    """It is said, once for all of its containers, and the note stays for the next look."""
    address = f"unix://{tmp_path}/none.sock"
    file = note(tmp_path, Promise("a", address), Promise("b", address))
    said: list[str] = []
    assert reap(tmp_path, "shop", said.append) == []
    assert said == [
        f"containers of an earlier run may be left (a, b); their engine does not help: {address}: no such file or directory"
    ]
    assert file.exists()
