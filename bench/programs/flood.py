"""``flood.py BYTES TOLD``: write so many bytes of log lines as fast as they are taken; tell the seconds in a file."""

import os
import sys
import time

LINE = b"2026-01-02T03:04:05.678Z INFO  request id=%08d path=/api/v1/items?page=3 status=200 took=12ms user=42\n"
BLOCK = b"".join(LINE % number for number in range(10_000))


def main() -> None:
    """Write whole blocks; the time until the last one was taken."""
    left = int(sys.argv[1])
    began = time.monotonic()
    while left > 0:
        part = memoryview(BLOCK)
        while part:
            part = part[os.write(1, part) :]
        left -= len(BLOCK)
    with open(sys.argv[2], "w") as told:
        told.write(f"{time.monotonic() - began}")


main()
