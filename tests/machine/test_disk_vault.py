"""Secrets: found, made once, digested, and never shown."""

import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from homeport.machine.secrets.vault import DiskVault
from homeport.model.nodes import EnvFile, Secret, Source
from homeport.model.parts import Where

AT = Where("stack.py", 3)


def vault_in(tmp_path: Path, environ: Mapping[str, str] | None = None) -> DiskVault:
    """Return the vault of one instance."""
    return DiskVault(root=tmp_path, folder=tmp_path / "own", runtime=tmp_path / "run", environ=environ or {})


def secret(**entries: Source) -> Secret:
    """Return a secret with these entries."""
    return Secret("jwt", AT, entries)


def mode(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_a_password_is_made_once(tmp_path: Path) -> None:
    """A generated value is made at the first load, kept privately, and the same ever after, for this instance alone."""
    node = secret(value=Source(generate="password", length=24))
    vault = vault_in(tmp_path)
    known = vault.load(node, "")
    value = vault.value("jwt", "value")
    assert len(value) == 24
    again = vault_in(tmp_path)
    assert again.load(node, "") == known
    assert again.value("jwt", "value") == value
    path = Path(known.paths["value"])
    assert path.read_text() == value
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    other = vault_in(tmp_path / "other")
    assert other.load(node, "").digests != known.digests
    assert other.value("jwt", "value") != value


def test_an_es256_key_is_made_into_its_file(tmp_path: Path) -> None:
    """A key is a private one on P-256 in PEM, in the file that the stack names."""
    vault = vault_in(tmp_path)
    known = vault.load(secret(key=Source(generate="es256", file="secrets/es256.key")), "")
    path = tmp_path / "secrets" / "es256.key"
    assert known.paths == {"key": str(path)}
    assert mode(path) == 0o600
    key = load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert isinstance(key.curve, ec.SECP256R1)
    assert path.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """A generator never replaces what somebody put there; the line end that editors add is no part of the value."""
    (tmp_path / "key").write_text("mine-by-hand\r\n")
    vault = vault_in(tmp_path)
    vault.load(secret(key=Source(generate="password", file="key")), "")
    assert vault.value("jwt", "value:key") == "mine-by-hand"
    assert (tmp_path / "key").read_bytes() == b"mine-by-hand\r\n"


def test_the_environment_comes_first(tmp_path: Path) -> None:
    """A variable that is set wins over file and generator; its value is in no file but one that ends with the session."""
    vault = vault_in(tmp_path, {"TOKEN": "canary-from-outside"})
    known = vault.load(secret(value=Source(environ="TOKEN", generate="password", file="token")), "")
    assert vault.value("jwt", "value") == "canary-from-outside"
    path = Path(known.paths["value"])
    assert path.read_text() == "canary-from-outside"
    assert path.is_relative_to(tmp_path / "run")
    assert mode(path) == 0o600
    assert not (tmp_path / "token").exists()


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (Source(environ="TOKEN"), "environment variable TOKEN, which is not set"),
        (Source(file="missing/key"), 'missing/key", which does not exist'),
        (Source(file="folder"), "Is a directory"),
        (Source(file="folder/file/key", generate="password"), "cannot be made"),
    ],
)  # fmt: skip
def test_what_cannot_be_had_is_told(tmp_path: Path, source: Source, error: str) -> None:
    """A missing variable or file is an error that names the secret and the next step."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("")
    known = vault_in(tmp_path).load(secret(pin=source), "")
    assert error in (known.error or "")
    assert known.hint
    assert known.digests == {}


def test_a_broken_env_file_is_told_with_its_place(tmp_path: Path) -> None:
    """A file that cannot be read is an error with line and column, and shows no value; the values before stay."""
    vault = vault_in(tmp_path)
    path = tmp_path / ".env"
    path.write_text("A=1\nB=canary-value\n")
    node = EnvFile("settings", AT, ".env")
    assert vault.load(node, "").error is None
    path.write_bytes(b"A=canary-value\n\xff")
    known = vault.load(node, "")
    assert f'"{path}" cannot be read: line 2, column 1: byte 0xff is not UTF-8' in (known.error or "")
    assert "canary" not in str(known)
    assert vault.all_of("settings") == {"A": "1", "B": "canary-value"}


def test_env_files_may_use_the_environment(tmp_path: Path) -> None:
    """``${NAME}`` means an earlier value, else the environment that the vault was given."""
    (tmp_path / ".env").write_text("A=${HOME}/x\nB=${A}/y\n")
    vault = vault_in(tmp_path, {"HOME": "/h"})
    vault.load(EnvFile("settings", AT, ".env"), "")
    assert vault.all_of("settings") == {"A": "/h/x", "B": "/h/x/y"}


def test_what_is_hidden_is_listed_with_its_reason(tmp_path: Path) -> None:
    """Declared, named or holding a password: each is listed; the weak ones too, but those are not masked."""
    (tmp_path / ".env").write_text(
        "LEVEL=info\nPLAIN=canary-plain\nMINE=canary-declared\nAPI_KEY=canary-key\nDB_PASSWORD=postgres\n"
        "DB=postgres://user:canary%40pass@localhost/db\n"
    )
    vault = vault_in(tmp_path)
    vault.load(EnvFile("settings", AT, ".env", secret=("MINE",)), "")
    assert [(hidden.name, hidden.why, hidden.weak) for hidden in vault.hidden()] == [
        ("MINE", "declared", False),
        ("API_KEY", "its name", False),
        ("DB_PASSWORD", "its name", True),
        ("DB", "a password in a URL", False),
    ]
    assert vault.named() == {
        "canary-declared": "MINE",
        "canary-key": "API_KEY",
        "postgres://user:canary%40pass@localhost/db": "DB",
        "canary%40pass": "DB",
        "canary@pass": "DB",
    }
    assert vault.secrets() == frozenset(vault.named())


def test_a_value_that_was_replaced_stays_hidden(tmp_path: Path) -> None:
    """Programs that started with the old value may still print it; without news the answer is the same object."""
    vault = vault_in(tmp_path)
    node = secret(value=Source(file="token"))
    (tmp_path / "token").write_text("canary-old")
    vault.load(node, "")
    before = vault.named()
    vault.load(node, "")
    assert vault.named() is before
    (tmp_path / "token").write_text("canary-new")
    vault.load(node, "")
    assert vault.named() == {"canary-old": "jwt", "canary-new": "jwt"}
    assert vault.named() is not before


def test_a_digest_tells_changes_and_nothing_else(tmp_path: Path) -> None:
    """The same value has the same digest in one instance, and nobody can compare it with another's."""
    node = secret(value=Source(environ="TOKEN"))
    first = vault_in(tmp_path, {"TOKEN": "one"}).load(node, "").digests
    assert vault_in(tmp_path, {"TOKEN": "one"}).load(node, "").digests == first
    assert vault_in(tmp_path, {"TOKEN": "two"}).load(node, "").digests != first
    assert vault_in(tmp_path / "b", {"TOKEN": "one"}).load(node, "").digests != first
    assert mode(tmp_path / "own" / ".salt") == 0o600
