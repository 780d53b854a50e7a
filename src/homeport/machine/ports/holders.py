"""Who listens on a port, and whether one is free."""

import errno
import re
import socket
import sys
from collections.abc import Sequence

_HOSTS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
_LONGEST = 60
_SCRIPT = re.compile(r"^[\w./@+-]+\.(?:py|js|mjs|cjs|ts|rb|pl|php|sh|jar)$")


def refusal_of(port: int) -> str | None:
    """Return why a program could not listen on a loopback port, or None when it could.

    It is tried by binding 127.0.0.1 and ::1. SO_REUSEADDR as servers set it: connections that are being forgotten are no
    obstacle. A family that this machine does not have is none either.
    """
    for family, host in _HOSTS:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind((host, port))
        except PermissionError:
            return "this user may not listen there"
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "taken"
    return "taken" if sys.platform != "linux" and _answers(port) else None


def _answers(port: int) -> bool:
    """Whether somebody listens on all addresses, which does not hinder binding one of them everywhere but on Linux."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        trial.settimeout(0.2)
        return trial.connect_ex(("127.0.0.1", port)) == 0


def holder_of(port: int) -> str | None:
    """Return which process listens on a port, for people: ``python3 (process 4711: python3 server.py …)``; None: not known."""
    import psutil

    pid = _listener(port)
    if pid is None:
        return None
    try:
        process = psutil.Process(pid)
        name, words = process.name(), process.cmdline()
    except psutil.Error:
        return f"process {pid}"
    shown = _program(words)
    return f"{name} (process {pid}: {shown})" if shown else f"{name} (process {pid})"


def _program(words: Sequence[str]) -> str:
    """Return the program of a command line and, of an interpreter, its script. No other word: strangers have secrets."""
    named = " ".join(words[:1]).split(" ")[:1]  # some write a sentence over their first word
    named += [word for word in words[1:2] if _SCRIPT.search(word)]
    line = " ".join(word if len(word) <= _LONGEST else "…" + word[1 - _LONGEST :] for word in named if word)
    return f"{line} …" if line and len(words) > len(named) else line


def _listener(port: int) -> int | None:
    import psutil

    try:
        found = psutil.net_connections(kind="tcp")
    except (psutil.Error, OSError):
        return _own_listener(port)
    listening = [
        entry for entry in found if entry.status == psutil.CONN_LISTEN and entry.laddr and entry.laddr.port == port
    ]
    return next((entry.pid for entry in listening if entry.pid), None)


def _own_listener(port: int) -> int | None:
    """Look process by process, where an ordinary user may only see their own."""
    import psutil

    for process in psutil.process_iter():
        try:
            listening = [entry for entry in process.net_connections(kind="tcp") if entry.status == psutil.CONN_LISTEN]
        except (psutil.Error, OSError):
            continue
        if any(entry.laddr and entry.laddr.port == port for entry in listening):
            return process.pid
    return None
