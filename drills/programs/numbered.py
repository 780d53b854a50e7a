"""``numbered.py FILE``: write numbered lines as fast as they are taken; FILE tells at any time how many were taken."""

import mmap
import os
import sys

BLOCK = 20


def main() -> None:
    """Write until nobody reads. What tells the number survives any end of this process."""
    with open(sys.argv[1], "w+b") as file:
        file.truncate(8)
        told = mmap.mmap(file.fileno(), 8)
    number = 0
    while True:
        lines = b"".join(b"line %d %s;\n" % (n, b"x" * (n * 7919 % 300)) for n in range(number + 1, number + BLOCK + 1))
        part = memoryview(lines)
        while part:
            part = part[os.write(1, part) :]
        number += BLOCK
        told[:8] = number.to_bytes(8, "little")


main()
