"""``repeat.py TIMES ARGV…``: print the median wall seconds of a command, and its largest peak of memory in bytes.

A small process does this: a child is charged with the memory of whoever starts it.
"""

import os
import sys
import time


def main(times: int, argv: list[str]) -> None:
    """Run and print."""
    took, peak = [], 0
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    for _ in range(times):
        began = time.perf_counter()
        pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=quiet)
        _, status, used = os.wait4(pid, 0)
        took.append(time.perf_counter() - began)
        assert status == 0, argv
        peak = max(peak, used.ru_maxrss * 1024)
    print(sorted(took)[times // 2], peak)


main(int(sys.argv[1]), sys.argv[2:])
