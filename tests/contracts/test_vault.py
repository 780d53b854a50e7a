"""The promises of a vault, kept on disk and in the fake."""

from pathlib import Path

import pytest

from homeport.machine.secrets.vault import DiskVault
from homeport.model.errors import OutsideError
from homeport.model.hiding import Hiding
from homeport.model.nodes import EnvFile, Secret, Source
from homeport.model.parts import Where
from homeport.ports.fakes.vault import FakeVault
from homeport.ports.vault import Vault

AT = Where("stack.py", 3)
JWT = Secret("jwt", AT, {"value": Source(environ="JWT"), "es256.key": Source(file="key.pem")})
SETTINGS = EnvFile("settings", AT, ".env", secret=("LEVEL",))


@pytest.fixture(params=["disk", "fake"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    """Either keeper of the promise, with the same values."""
    if request.param == "fake":
        return FakeVault(
            {
                "jwt": {"value": "canary-value", "es256.key": "canary-pem"},
                "settings": {"API_KEY": "canary-key", "LEVEL": "canary-level"},
            }
        )
    (tmp_path / "key.pem").write_text("canary-pem\n")
    (tmp_path / ".env").write_text("API_KEY=canary-key\nLEVEL=canary-level\n")
    return DiskVault(root=tmp_path, folder=tmp_path / "own", runtime=tmp_path / "run", environ={"JWT": "canary-value"})


def test_facts_hold_digests_and_never_values(vault: Vault) -> None:
    """What a load reports names the values and tells when one changed, without showing it."""
    known = vault.load(JWT, "7")
    again = vault.load(JWT, "8")
    assert known.identity == "7"
    assert known.error is None
    assert set(known.digests) == set(known.paths) == {"value", "es256.key"}
    assert known.digests == again.digests
    assert known.digests["value"] != known.digests["es256.key"]
    assert "canary" not in str(known)


def test_values_and_paths_are_given_at_use(vault: Vault) -> None:
    """A loaded value is given by its key, a path by another; a secret of one value needs no name."""
    known = vault.load(JWT, "")
    vault.load(SETTINGS, "")
    assert vault.value("jwt", "value:es256.key") == "canary-pem"
    assert vault.value("jwt", "value:value") == vault.value("jwt", "value") == "canary-value"
    assert vault.value("jwt", "path:es256.key") == known.paths["es256.key"]
    assert vault.all_of("settings") == {"API_KEY": "canary-key", "LEVEL": "canary-level"}
    assert vault.all_of("jwt") == {"value": "canary-value", "es256.key": "canary-pem"}


def test_what_was_not_loaded_is_refused(vault: Vault) -> None:
    """A value that is not known is an error that names it."""
    vault.load(JWT, "")
    for node, key in (("jwt", "value:nope"), ("settings", "value:API_KEY")):
        with pytest.raises(OutsideError, match="has no value"):
            vault.value(node, key)
    assert vault.all_of("settings") == {}


def test_loaded_secrets_are_to_be_masked(vault: Vault) -> None:
    """Every loaded strong secret is among those to mask."""
    assert vault.secrets() == frozenset()
    vault.load(JWT, "")
    vault.load(SETTINGS, "")
    assert vault.secrets() == {"canary-value", "canary-pem", "canary-key", "canary-level"}


def test_an_optional_file_may_be_absent(vault: Vault) -> None:
    """An optional ``.env`` file that is absent has no values; a needed one is an error with a next step."""
    absent = EnvFile("none", AT, "none.env", optional=True)
    assert vault.load(absent, "").error is None
    assert vault.all_of("none") == {}
    known = vault.load(EnvFile("need", AT, "need.env"), "")
    assert known.error
    assert known.hint


def test_what_is_secret_besides_is_masked_and_listed(vault: Vault) -> None:
    """Options, literals and variables of the shell are masked with the loaded values, and told without theirs."""
    vault.load(JWT, "")
    vault.hide([Hiding("api-token", "value", "its name", "canary-option"), Hiding("api", "KEY", "its name", "short")])
    assert {"canary-option", "canary-value"} <= vault.secrets()
    assert "short" not in vault.secrets()
    listed = {(one.node, one.name): one for one in vault.hidden()}
    assert not listed["api-token", "value"].weak
    assert listed["api", "KEY"].weak
    assert "canary" not in str(listed)
