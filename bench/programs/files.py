"""``files.py``: answers with files below its folder, each request on a connection of its own.

``/PATH``: the file as it is now. ``/zeros/N``: N bytes. ``/count/FOLDER/MARK``: how many files of a folder begin with MARK.
``/begin/N/PATH``: the first N bytes of a file.
"""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Answer(BaseHTTPRequestHandler):
    """Reads the file at every request."""

    def do_GET(self) -> None:
        """Answer."""
        try:
            body = _body(self.path.strip("/"))
        except OSError:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _body(path: str) -> bytes:
    word, _, rest = path.partition("/")
    if word == "zeros":
        return bytes(int(rest))
    if word == "count":
        folder, _, mark = rest.rpartition("/")
        return str(sum(_begin(each, len(mark)) == mark.encode() for each in os.scandir(folder))).encode()
    if word == "begin":
        size, _, name = rest.partition("/")
        return _begin(name, int(size))
    return Path(path).read_bytes()


def _begin(path: "str | os.DirEntry[str]", size: int) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read(size)


class Server(ThreadingHTTPServer):
    """Takes many connections at once."""

    request_queue_size = 128
    daemon_threads = True


Server(("0.0.0.0", 8000), Answer).serve_forever()
