"""``number_lines.py FILE [PAUSE]``: write numbered lines; FILE tells at any time how many were taken, in 8 bytes.

They come as fast as they are taken, twenty at a time; with PAUSE one at a time and so many seconds apart.
"""

import mmap
import os
import sys
import time


def main() -> None:
    """Write until nobody reads. What tells the number survives any end of this process."""
    block, pause = (1, float(sys.argv[2])) if sys.argv[2:] else (20, 0.0)
    with open(sys.argv[1], "w+b") as file:
        file.truncate(8)
        told = mmap.mmap(file.fileno(), 8)
    number = 0
    while True:
        lines = b"".join(b"line %d %s;\n" % (n, b"x" * (n * 7919 % 300)) for n in range(number + 1, number + block + 1))
        part = memoryview(lines)
        while part:
            part = part[os.write(1, part) :]
        number += block
        told[:8] = number.to_bytes(8, "little")
        time.sleep(pause)


main()
