"""Listens on the port that it was given, and notes in the file that is named first whether it could."""

import os
import signal
import socket
import sys

_, notes, instance = sys.argv
port = int(os.environ["PORT"])
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    listener.bind(("127.0.0.1", port))
    listener.listen()
    said = "got"
except OSError:
    said = "CLASH"
with open(notes, "a") as book:
    book.write(f"{said} {port} {instance}\n")
signal.pause()
