"""A container engine on a unix socket that remembers what it was asked, and does as told."""

import json
import queue
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path


class FakeEngine:
    """``ends``: containers that end when they are asked to. ``absent``: how often a container is not there yet."""

    def __init__(self, path: Path) -> None:
        self.address = f"unix://{path}"
        self.asked: queue.Queue[str] = queue.Queue()
        self.ends: set[str] = set()
        self.absent: dict[str, int] = {}
        self.killed: dict[str, threading.Event] = {}

    def heard(self, seconds: float = 20) -> str:
        """Return the next thing that the engine was asked; waits being left out, since they are repeated."""
        while (asked := self.asked.get(timeout=seconds)).endswith("/wait"):
            pass
        return asked

    def answer(self, method: str, path: str) -> tuple[int, object]:
        """Return what the engine answers."""
        self.asked.put(f"{method} {path}")
        name = path.split("/")[2].partition("?")[0]
        ended = self.killed.setdefault(name, threading.Event())
        if self.absent.get(name, 0) > 0:
            self.absent[name] -= 1
            return 404, {"message": f"No such container: {name}"}
        if "/kill" in path and name in self.ends:
            ended.set()
        if path.endswith("/wait"):
            ended.wait(60)
        if method == "DELETE":
            ended.set()
            return 204, None
        if path.endswith("/json"):
            return 200, {"Config": {"Labels": {"homeport.dev/service": "db"}}}
        return 200, {"StatusCode": 0}


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@contextmanager
def playing(path: Path) -> Iterator[FakeEngine]:
    """Play an engine on this socket."""
    engine = FakeEngine(path)

    class Handler(BaseHTTPRequestHandler):
        def do_any(self) -> None:
            status, told = engine.answer(self.command, self.path)
            body = b"" if told is None else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return  # who asked has stopped waiting

        def address_string(self) -> str:
            return "somebody"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    for method in ("GET", "POST", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.do_any)
    with _Server(str(path), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield engine
        finally:
            server.shutdown()
            for ended in engine.killed.values():
                ended.set()
            thread.join()
