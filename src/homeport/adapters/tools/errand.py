"""A fetch that somebody waits for, or has waited for."""

import signal
import subprocess
import threading


class Errand:
    """Knows the program that fetches, so that it can be called back from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._left = False

    @property
    def left(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._left

    def carried_by(self, process: "subprocess.Popen[str]") -> None:
        """Tell which program carries it out; it ends at once when nobody waits any more."""
        with self._lock:
            self._process = process
            if self._left:
                _call_back(process)

    def leave(self) -> None:
        """Wait for it no more: the program ends soon, or is never started."""
        with self._lock:
            self._left = True
            if self._process is not None:
                _call_back(self._process)


def _call_back(process: "subprocess.Popen[str]") -> None:
    # As by Ctrl-C: fetchers take their temporary files away then.
    process.send_signal(signal.SIGINT)
