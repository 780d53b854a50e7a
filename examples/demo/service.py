"""What each program of this stack does the same way: settings, log lines, stopping, answering HTTP."""

import json
import logging
import os
import signal
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from typing import NoReturn

log = logging.getLogger()


def setting(name: str) -> str:
    """Returns the environment variable `name`; without it the program ends and says what it misses."""
    value = os.environ.get(name)
    if not value:
        sys.exit(f"ERROR {name} is not set; stack.py says which settings this program gets")
    return value


def begin() -> None:
    """Starts the log (a line per event, flushed at once) and lets SIGTERM and SIGINT end the program cleanly."""
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO, stream=sys.stdout)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Unwinds the main thread, so that every `with` on the way out does its work."""
    for again in (signal.SIGTERM, signal.SIGINT):
        signal.signal(again, signal.SIG_IGN)  # a second signal must not interrupt the unwinding
    log.info("stopping on %s", signal.Signals(number).name)
    sys.exit(0)


class Answering(BaseHTTPRequestHandler):
    """A request handler that speaks JSON and logs what it answered."""

    timeout = 1  # seconds of silence after which a connection is dropped; it also bounds how long stopping takes

    def answer(self, status: HTTPStatus, body: bytes, content_type: str, **headers: str) -> None:
        """Sends a whole response; a keyword such as `cache_control` becomes the header Cache-Control."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-").title(), value)
        self.end_headers()
        self.wfile.write(body)

    def answer_json(self, status: HTTPStatus, value: object) -> None:
        """Sends `value` as JSON."""
        self.answer(status, json.dumps(value).encode(), "application/json")

    def body(self, limit: int = 16_384) -> bytes:
        """Reads the request's body, at most `limit` bytes of it."""
        return self.rfile.read(min(limit, int(self.headers.get("Content-Length") or 0)))

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Logs an answer; what only asks (a probe, the page's poll) is left out of the usual log."""
        level = logging.DEBUG if self.command == "GET" and str(int(code)) == "200" else logging.INFO
        log.log(level, "%s %s -> %s", self.command, self.path, int(code))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Sends what http.server has to say through the log."""
        log.warning(format, *args)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # on the way out, requests that have begun are finished
    request_queue_size = 128


def serve(handler: type[Answering]) -> None:
    """Answers HTTP at HOST and PORT until a signal ends the program."""
    host, port = os.environ.get("HOST", "127.0.0.1"), int(setting("PORT"))
    try:
        server = _Server((host, port), handler)
    except OSError as error:
        sys.exit(f"ERROR cannot listen on {host}:{port}: {error.strerror}")
    with server:
        log.info("listening on http://%s:%d", host, port)
        server.serve_forever()
