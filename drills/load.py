"""What a process costs: processor time and memory, as the system counts them."""

import time

import psutil

MIB = 1 << 20


class Load:
    """The processor time that a process takes from now on."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.restart()

    def restart(self) -> None:
        """Count from now on."""
        self._used = self._seconds()
        self._since = time.monotonic()

    def per_second(self) -> float:
        """Return the processor seconds per second (1: a whole core), of the process alone."""
        return (self._seconds() - self._used) / (time.monotonic() - self._since)

    def memory(self) -> float:
        """Return the resident memory in MiB."""
        return float(self._process.memory_info().rss) / MIB

    def _seconds(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)
