"""``server.py [PORT]``: an HTTP server that answers everything with 200; without PORT it asks the environment."""

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import TCPServer


class Answer(BaseHTTPRequestHandler):
    """Says yes."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(HTTPServer):
    """A server that asks no name service who it is."""

    def server_bind(self) -> None:
        """Take the port."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", 0


Server(("127.0.0.1", int(sys.argv[1] if sys.argv[1:] else os.environ["PORT"])), Answer).serve_forever()
