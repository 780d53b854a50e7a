"""Removing a container through the API of its engine: plain sockets and HTTP/1.0, so that nothing has to be imported for it.

Everything here blocks; who must not wait lets ``Removal`` do it in a thread of its own.
"""

import os
import socket
import time

LIMIT = 10.0
"""Seconds after its deadline in which an engine must have removed a container; then it is given up."""

SLICE = 0.25
"""Seconds of one wait for an end: a hurry is noticed between two."""

RETRY = 0.1
ABSENT = 2.0
"""Seconds in which a container may still appear whose creation was under way when its house died."""

ANSWER = 10.0


class Promise:
    """What is to be removed: the container ``name`` of the engine at ``address`` (``unix:///PATH`` or ``tcp://HOST:PORT``).

    ``certificates``: the folder of our key where the engine wants one. ``stop`` and ``grace`` (seconds) are how it is asked to
    end. ``sure``: the engine has made it; otherwise it may have, or may be about to.
    """

    __slots__ = ("address", "certificates", "grace", "name", "stop", "sure")

    def __init__(self, name: str, address: str, certificates: str, stop: str, grace: float, *, sure: bool) -> None:
        self.name = name
        self.address = address
        self.certificates = certificates
        self.stop = stop
        self.grace = grace
        self.sure = sure


def promise_in(frame: list[bytes]) -> Promise:
    """Return the promise of a frame."""
    name, address, certificates, stop = (os.fsdecode(field) for field in frame[1:5])
    return Promise(name, address, certificates, stop, int(frame[5]) / 1000, sure=frame[6] == b"1")


class Removal:
    """A promise being kept. ``grace`` (seconds from now) may be cut by ``hurry``."""

    def __init__(self, promise: Promise, grace: float) -> None:
        self._promise = promise
        self._began = time.monotonic()
        self._deadline = self._began + min(grace, promise.grace)
        self._gone = False
        self.why = ""

    def begin(self) -> "Removal":
        """Do it in a thread of its own, which ends with this process."""
        import threading

        self._thread = threading.Thread(target=self.run, daemon=True)
        self._thread.start()
        return self

    @property
    def over(self) -> bool:
        """Whether it is done, or was given up."""
        return not self._thread.is_alive()

    def removed(self) -> bool:
        """Wait until it is over; whether nothing is left, else ``why`` says what is in the way."""
        self._thread.join()
        return self._gone

    def hurry(self, grace: float) -> None:
        """Leave it no more than so many seconds from now."""
        self._deadline = min(self._deadline, time.monotonic() + grace)

    def run(self) -> None:
        """Remove it."""
        asked = False
        while True:
            try:
                if not asked:
                    self._ask("POST", f"kill?signal={self._promise.stop}")
                    asked = True
                self._await_end()
                if self._delete():
                    self._gone = True
                    return
            except OSError as error:
                self.why = str(error.strerror or error)
            if time.monotonic() > self._deadline + LIMIT:
                return
            time.sleep(RETRY)

    def _await_end(self) -> None:
        """Wait until it has ended, is not there, or its time is over."""
        while (left := self._deadline - time.monotonic()) > 0:
            try:
                self._ask("POST", "wait", min(left, SLICE))
            except TimeoutError:
                continue
            return

    def _delete(self) -> bool:
        status, told = self._ask("DELETE", "?force=1&v=1")
        self.why = told.decode(errors="replace").strip()
        if status == 404:
            return self._promise.sure or time.monotonic() > self._began + ABSENT
        return 200 <= status < 300

    def _ask(self, method: str, what: str, limit: float = ANSWER) -> "tuple[int, bytes]":
        path = f"/containers/{self._promise.name}" + (what if what.startswith("?") else f"/{what}")
        return ask(self._promise, method, path, limit)


def ask(promise: Promise, method: str, path: str, limit: float) -> "tuple[int, bytes]":
    """Ask the engine something; return the status and the body. Raises OSError when it does not answer within ``limit`` s."""
    deadline = time.monotonic() + limit
    with connected(promise.address, promise.certificates, limit) as link:
        link.sendall(f"{method} {path} HTTP/1.0\r\nHost: docker\r\nContent-Length: 0\r\n\r\n".encode())
        data = b""
        while True:
            link.settimeout(max(deadline - time.monotonic(), 0.001))
            chunk = link.recv(65536)
            if not chunk:
                break
            data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    if len(words) < 2 or not words[1].isdigit():
        raise OSError("the engine closed the connection without an answer")
    return int(words[1]), body


def connected(address: str, certificates: str, limit: float) -> socket.socket:
    """Return a connection to an engine. Raises OSError."""
    scheme, _, rest = address.partition("://")
    if scheme == "unix":
        link = socket.socket(socket.AF_UNIX)
        try:
            link.settimeout(limit)
            link.connect(rest)
        except OSError:
            link.close()
            raise
        return link
    host, _, port = rest.rpartition(":")
    link = socket.create_connection((host.strip("[]"), int(port)), limit)
    if not certificates:
        return link
    import ssl

    try:
        trust = ssl.create_default_context(cafile=os.path.join(certificates, "ca.pem"))
        trust.load_cert_chain(os.path.join(certificates, "cert.pem"), os.path.join(certificates, "key.pem"))
        return trust.wrap_socket(link, server_hostname=host.strip("[]"))
    except OSError:
        link.close()
        raise
