"""``count_lines.py PAUSE``: write numbered lines with PAUSE seconds between them; at SIGTERM tell how many and end."""

import signal
import sys
import time

asked = False


def end(*_: object) -> None:
    """Let the line that is being written be the last one."""
    global asked
    asked = True


signal.signal(signal.SIGTERM, end)
number = 0
while not asked:
    number += 1
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()
    time.sleep(float(sys.argv[1]))
print("total", number, flush=True)
