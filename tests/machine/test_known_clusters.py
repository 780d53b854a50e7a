"""What people allowed, and what an instance has on clusters."""

import stat
from pathlib import Path

import pytest

from homeport.machine.clusters.allowed import Permissions
from homeport.machine.clusters.record import Record, Records, described
from homeport.machine.instances.folders import Folders
from homeport.model.errors import RefusedError


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "state", tmp_path / "cache")


def record(**more: object) -> Record:
    return Record("testbed", "https://10.0.0.1", "shop", "o1", **more)  # type: ignore[arg-type]


def test_a_strange_context_is_refused_with_the_reason_and_the_next_step(folders: Folders) -> None:
    """Nothing is done to a cluster that nobody allowed; the refusal says what it is, why, and how to allow it."""
    with pytest.raises(RefusedError) as refused:
        Permissions(folders).demand("prod", "https://1.2.3.4", "its address is not of this machine")
    assert "https://1.2.3.4" in refused.value.what
    assert "its address is not of this machine" in refused.value.what
    assert "--context prod --allow-context" in str(refused.value.hint)


def test_a_permission_is_for_a_name_at_an_address(folders: Folders) -> None:
    """What was allowed stays allowed; the same name with another server must be asked again."""
    Permissions(folders).allow("dev", "https://1.2.3.4")
    Permissions(folders).demand("dev", "https://1.2.3.4", "")
    with pytest.raises(RefusedError, match=r"when it led to https://1\.2\.3\.4"):
        Permissions(folders).demand("dev", "https://5.6.7.8", "why")
    with pytest.raises(RefusedError):
        Permissions(folders).demand("other", "https://1.2.3.4", "why")


def test_permissions_are_private(folders: Folders) -> None:
    """Nobody else can read or grant them."""
    Permissions(folders).allow("dev", "https://1.2.3.4")
    assert stat.S_IMODE((folders.state / "contexts.json").stat().st_mode) == 0o600


def test_an_instance_is_one_owner_for_ever(tmp_path: Path) -> None:
    """Its id is made once, and two instances have two."""
    first = Records(tmp_path / "a").owner()
    assert Records(tmp_path / "a").owner() == first
    assert Records(tmp_path / "b").owner() != first


def test_a_record_is_one_for_each_place(tmp_path: Path) -> None:
    """A newer word about a place takes the older one's, another place is another record, and the newest is the last."""
    records, other = Records(tmp_path), Record("testbed", "https://10.0.0.1", "other", "o1")
    records.keep(record())
    records.keep(other)
    records.keep(record(services=("api",), made=True))
    assert Records(tmp_path).all() == (other, record(services=("api",), made=True))
    records.forget(record())
    assert records.all() == (other,)
    records.forget(other)
    assert records.all() == ()
    assert not (tmp_path / "clusters.json").exists()


def test_records_are_private_and_a_broken_one_is_said(tmp_path: Path) -> None:
    """Nobody else reads them; what cannot be read is set aside with a notice, never taken for nothing in silence."""
    records = Records(tmp_path)
    records.keep(record())
    assert stat.S_IMODE((tmp_path / "clusters.json").stat().st_mode) == 0o600
    (tmp_path / "clusters.json").write_text("{")
    assert records.all() == ()
    assert "clusters.json.broken" in records.notices[0]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (record(services=("a", "b", "c")), "3 services on testbed/shop"),
        (record(services=("a",)), "1 service on testbed/shop"),
        (record(), "objects on testbed/shop"),
        (record(services=("a",), cleared=True), "volumes on testbed/shop"),
    ],
)
def test_a_record_in_a_few_words(found: Record, said: str) -> None:
    """People read what is where."""
    assert described(found) == said
