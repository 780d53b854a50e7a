"""The pens of the runs that are going on, so that a log probe reads what its own run writes."""

from homeport.ports.logbook import Writer


class Pens:
    """Writers by service and replica, held while their run lasts."""

    def __init__(self) -> None:
        self._pens: dict[tuple[str, int], Writer] = {}

    def lend(self, service: str, replica: int, writer: Writer) -> None:
        """Make the pen of the current run known."""
        self._pens[service, replica] = writer

    def take_back(self, service: str, replica: int) -> None:
        """Forget the pen of a run that ended."""
        self._pens.pop((service, replica), None)

    def of(self, service: str, replica: int) -> Writer | None:
        """Return the pen of the current run."""
        return self._pens.get((service, replica))
