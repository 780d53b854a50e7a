"""The two stores of this stack, reached by DATABASE_URL and REDIS_URL."""

import threading
from typing import Any
from urllib.parse import unquote, urlsplit

import redis
from pg8000.exceptions import DatabaseError, InterfaceError  # type: ignore[import-untyped]
from pg8000.native import Connection  # type: ignore[import-untyped]
from service import setting

JOBS = "jobs"  # the Redis list of note ids that wait for a worker
VISITS = "visits"  # the Redis counter

Lost = (DatabaseError, InterfaceError, OSError, redis.RedisError)
"""What a call raises while a store is away or refuses."""


def reason(error: Exception) -> str:
    """The sentence in an error of either store; Postgres sends a table of fields, of which M is the message."""
    fields = error.args[0] if error.args else None
    return str(fields.get("M", fields)) if isinstance(fields, dict) else str(error) or type(error).__name__


class Database:
    """One connection to Postgres, shared by threads, opened when first used and again after it was lost."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._lock = threading.Lock()
        self._connection: Connection | None = None

    def rows(self, sql: str, **values: object) -> list[list[Any]]:
        """Runs a statement with its `:named` values and returns its rows; raises one of `Lost`."""
        with self._lock:
            connection = self._connection or self._connect()
            self._connection = None  # kept only when the statement goes well: a broken connection is never used twice
            result = connection.run(sql, **values)
            self._connection = connection
            return result or []

    def _connect(self) -> Connection:
        return Connection(
            user=unquote(self._url.username or "postgres"),
            password=unquote(self._url.password) if self._url.password else None,
            host=self._url.hostname or "127.0.0.1",
            port=self._url.port or 5432,
            database=unquote(self._url.path.lstrip("/")) or None,
            timeout=10,
        )


def database() -> Database:
    """The Postgres that DATABASE_URL names."""
    return Database(setting("DATABASE_URL"))


def counters() -> redis.Redis:
    """The Redis that REDIS_URL names; a client that threads may share."""
    return redis.Redis.from_url(setting("REDIS_URL"), decode_responses=True, socket_timeout=10)
