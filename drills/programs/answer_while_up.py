"""``answer_while_up.py [DELAY]``: a web server that answers 200 while the file ``up`` exists, else 503, after DELAY seconds."""

import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

DELAY = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0


class Answer(BaseHTTPRequestHandler):
    """Looks at the file for each request."""

    def do_GET(self) -> None:
        """Answer."""
        time.sleep(DELAY)
        self.send_response(200 if os.path.exists("up") else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: this is asked very often."""


HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Answer).serve_forever()
