"""A prober without a network: health is scripted per port."""

import asyncio

from homeport.ports.prober import Look


class FakeProber:
    """Answers what it was told. A port that nobody spoke of refuses connections."""

    def __init__(self) -> None:
        self.looks: list[Look] = []
        """Every look so far."""
        self._verdicts: dict[tuple[int, str | None], str | None] = {}
        self._statuses: dict[int, int] = {}
        self._slow: dict[int, float] = {}
        self._empty: set[int] = set()

    def stands_before_nobody(self, port: int) -> None:
        """From now on the port accepts connections for a program that does not listen."""
        self._statuses[port] = 502
        self._empty.add(port)

    def healthy(self, port: int) -> None:
        """From now on the port accepts connections and answers 200."""
        self._statuses[port] = 200
        self._empty.discard(port)

    def answers(self, port: int, status: int) -> None:
        """From now on the port accepts connections and answers GETs with ``status``."""
        self._statuses[port] = status

    def says(self, port: int, verdict: str | None, path: str | None = None) -> None:
        """From now on looks at this port (and path) come to this verdict."""
        self._verdicts[port, path] = verdict

    def refuses(self, port: int) -> None:
        """From now on nobody listens on the port."""
        self._statuses.pop(port, None)
        for key in [key for key in self._verdicts if key[0] == port]:
            del self._verdicts[key]

    def takes(self, port: int, seconds: float) -> None:
        """From now on a GET of this port takes so long."""
        self._slow[port] = seconds

    async def look(self, look: Look) -> str | None:
        """Return the scripted verdict, after the scripted time."""
        self.looks.append(look)
        pause = self._slow.get(look.port, 0.0) if look.path is not None else 0.0
        await asyncio.sleep(min(pause, look.timeout))
        if pause >= look.timeout:
            return f"no answer within {look.timeout:g} s"
        for key in ((look.port, look.path), (look.port, None)):
            if key in self._verdicts:
                return self._verdicts[key]
        return self._judge(look)

    def _judge(self, look: Look) -> str | None:
        status = self._statuses.get(look.port)
        if status is None:
            return f"connection refused on port {look.port}"
        if look.relayed and look.path is None and look.port in self._empty:
            return f"nobody listens behind port {look.port}"
        if look.path is None or (status in look.statuses if look.statuses else 200 <= status <= 399):
            return None
        wanted = " or ".join(map(str, look.statuses)) or "200-399"
        return f"answered {status}, expected {wanted}"
