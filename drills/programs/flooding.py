"""``flooding.py BYTES ENDS GO``: once the file GO is there, write so many bytes as fast as they are taken, and go on living.

They come in lines of 100, or as one line when ENDS is ``whole``.
"""

import os
import sys
import time

LINE = b"x" * 99 + b"\n"


def main() -> None:
    """Wait, write, say that all was taken, and stay."""
    left, block = int(sys.argv[1]), LINE * 10_000
    if sys.argv[2] == "whole":
        block = b"x" * len(block)
    while not os.path.exists(sys.argv[3]):
        time.sleep(0.01)
    while left > 0:
        part = memoryview(block)
        while part:
            part = part[os.write(1, part) :]
        left -= len(block)
    os.write(1, b"\nall was taken\n")
    time.sleep(1000)


main()
