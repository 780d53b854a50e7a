"""The API: keeps notes in Postgres, counts visits in Redis, and leaves each new note for the worker."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from service import Answering, begin, log, serve
from stores import JOBS, VISITS, Lost, counters, database, reason

Answer = tuple[HTTPStatus, dict[str, Any]]

postgres = database()
redis = counters()


class Api(Answering):
    """GET /health and /numbers; POST /visits and /notes."""

    def do_GET(self) -> None:  # noqa: N802 - the name is http.server's
        """Answers what only asks."""
        self._answer({"/health": health, "/numbers": numbers})

    def do_POST(self) -> None:  # noqa: N802 - the name is http.server's
        """Answers what changes something."""
        self._answer({"/visits": visit, "/notes": lambda: write(self.body())})

    def _answer(self, routes: dict[str, Callable[[], Answer]]) -> None:
        route = routes.get(self.path)
        try:
            status, value = route() if route else (HTTPStatus.NOT_FOUND, {"error": f"nothing at {self.path}"})
        except Lost as error:
            log.error("a store failed: %s", reason(error))
            status, value = HTTPStatus.SERVICE_UNAVAILABLE, {"error": f"a store failed: {reason(error)}"}
        self.answer_json(status, value)


def health() -> Answer:
    """Healthy is: both stores answer now."""
    postgres.rows("select 1")
    redis.ping()
    return HTTPStatus.OK, {"status": "ok"}


def visit() -> Answer:
    """Counts one visit."""
    return HTTPStatus.OK, {"visits": redis.incr(VISITS)}


def write(body: bytes) -> Answer:
    """Stores a note, then tells the worker; the worker finds it in the database too, should Redis forget."""
    try:
        text = json.loads(body)["text"].strip()
    except (ValueError, LookupError, TypeError, AttributeError):
        text = ""
    if not text:
        return HTTPStatus.BAD_REQUEST, {"error": 'expected {"text": "a few words"}'}
    [[note]] = postgres.rows("insert into notes (text) values (:text) returning id", text=text)
    redis.rpush(JOBS, note)
    return HTTPStatus.CREATED, {"id": note}


def numbers() -> Answer:
    """What the page shows: the counts, and the five latest notes with what the worker found."""
    [[written, done]] = postgres.rows("select count(*), count(done_at) from notes")
    latest = postgres.rows("select id, text, words, longest, worker from notes order by id desc limit 5")
    columns = ("id", "text", "words", "longest", "worker")
    return HTTPStatus.OK, {
        "visits": int(redis.get(VISITS) or 0),
        "written": written,
        "done": done,
        "latest": [dict(zip(columns, note, strict=True)) for note in latest],
    }


if __name__ == "__main__":
    begin()
    serve(Api)
