"""A web server that answers 200 while the file ``up`` exists, 503 while it does not."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Answer(BaseHTTPRequestHandler):
    """Looks at the file for each request."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200 if os.path.exists("up") else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: this is asked very often."""


HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Answer).serve_forever()
