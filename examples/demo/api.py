"""The API: keeps notes in Postgres, counts visits in Redis, and leaves each new note for the worker."""

import json
from http import HTTPStatus

from service import Answering, begin, log, serve
from stores import JOBS, VISITS, Lost, counters, database

notes = database()
redis = counters()


class Api(Answering):
    """GET /health and /numbers; POST /visits and /notes."""

    def do_GET(self) -> None:
        """Answers what only asks."""
        self._answer({"/health": health, "/numbers": numbers})

    def do_POST(self) -> None:
        """Answers what changes something."""
        self._answer({"/visits": visit, "/notes": self._note})

    def _answer(self, routes: dict[str, "Route"]) -> None:
        route = routes.get(self.path)
        if route is None:
            return self.answer_json(HTTPStatus.NOT_FOUND, {"error": f"nothing at {self.path}"})
        try:
            self.answer_json(*route())
        except Lost as error:
            log.error("a store failed: %s", error)
            self.answer_json(HTTPStatus.SERVICE_UNAVAILABLE, {"error": f"a store failed: {error}"})

    def _note(self) -> "Answer":
        try:
            text = json.loads(self.body())["text"].strip()
        except (ValueError, LookupError, TypeError, AttributeError):
            text = ""
        if not text:
            return HTTPStatus.BAD_REQUEST, {"error": 'expected {"text": "a few words"}'}
        return write(text)
