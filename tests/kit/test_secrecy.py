"""Which values are secret, and which are too weak to be hidden."""

import pytest

from homeport.kit.secrecy import is_secret_name, is_weak, passwords_in, why_secret


@pytest.mark.parametrize(
    "name",
    ["API_KEY", "APIKEY", "SESSION_KEY", "key", "SECRET", "JWT_SECRET", "GITHUB_TOKEN", "DB_PASSWORD", "PGPASSWORD",
     "DB_PASSWD", "AWS_CREDENTIALS", "GOOGLE_CREDENTIAL", "PRIVATE_PEM", "SSH_PRIVATE_KEY", "SECRET_KEY_BASE",
     "github-token", "DB_PWD", "SENTRY_DSN", "Authorization", "ERLANG_COOKIE", "x-api-key"],
)  # fmt: skip
def test_names_that_hide(name: str) -> None:
    """A name of the usual patterns makes its value secret."""
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    ["PWD", "PORT", "MONKEY", "PUBLIC_KEY", "PRIMARY_KEY", "KEYBOARD", "PASSWORD_FILE", "KEY_PATH", "TOKEN_TTL", "HOST",
     "TOKENIZER", "CACHE_KEY"],
)  # fmt: skip
def test_names_that_do_not(name: str) -> None:
    """Names that only look like one do not."""
    assert not is_secret_name(name)


def test_a_password_in_a_url_is_secret() -> None:
    """A value with a password in a URL is secret, whatever its name, and so is the password alone."""
    url = "postgres://user:p%40ssw0rd-x@localhost:5432/db"
    assert why_secret("DATABASE_URL", url) == "a password in a URL"
    assert passwords_in(url) == ("p%40ssw0rd-x", "p@ssw0rd-x")
    assert passwords_in("http://localhost:80/a@b:c@d") == ()
    assert passwords_in("redis://:hunter2hunter2@h") == ("hunter2hunter2",)


def test_reasons() -> None:
    """The reason is told; what is not secret has none."""
    assert why_secret("X", "y", declared=True) == "declared"
    assert why_secret("API_KEY", "y") == "its name"
    assert why_secret("LEVEL", "info") is None


@pytest.mark.parametrize(
    "value", ["", "short", "1234567", "password", "ChangeMe", "localhost", "postgres", "development", "00000000",
              "12345678", "abababab", " true    "]
)  # fmt: skip
def test_weak_values(value: str) -> None:
    """Short and common values are too weak to mask."""
    assert is_weak(value)


@pytest.mark.parametrize("value", ["tr0ub4dor", "correct horse", "59182736", "x7!kQz9p"])
def test_strong_values(value: str) -> None:
    """Eight uncommon characters are enough."""
    assert not is_weak(value)
