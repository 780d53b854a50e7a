"""What to say of a child that gave no answer: it never ended, or the file ended its process. Pure."""

import re
import signal
from typing import Final

from homeport.config.child_process import Heard
from homeport.config.findings import Finding
from homeport.kit import durations

_FRAME: Final = re.compile(r'  File "([^"]+)", line (\d+) in ')
_LAST_LINES: Final = 5


def explain(heard: Heard, file: str, root: str, limit: float) -> Finding:
    """Return the mistake. Where the file was is in the dump that the child's own watchdog wrote."""
    dump = heard.answer.decode("utf-8", "replace")
    where, line = _where(dump, file, root)
    if heard.overdue or "Timeout (" in dump:
        what = f"the file did not end within {durations.spell(limit)}; it was at this line"
        if line is None:
            what = f"the file did not end within {durations.spell(limit)}"
        return Finding(what, "a stack file declares and ends; let services and tasks do the work", where, line)
    last = "\n".join(heard.output.rstrip().splitlines()[-_LAST_LINES:])
    return Finding(
        f"the file ended the process that evaluates it ({_ending(heard.ending)})",
        f"it must run to its end; its last output was:\n{last}" if last else "it must run to its end",
        where,
        line,
    )


def _where(dump: str, file: str, root: str) -> tuple[str, int | None]:
    """Return the innermost place below the stack's folder; the first thread of a dump is the one that is running."""
    for frame in _FRAME.finditer(dump):
        if frame[1] == file or (frame[1].startswith(root + "/") and "/site-packages/" not in frame[1]):
            return frame[1], int(frame[2])
    return file, None


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
