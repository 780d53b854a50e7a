"""``chains.py CHAINS LINKS PROGRAM``: run a program CHAINS x LINKS times, CHAINS at once, as bare as Python can."""

import os
import shutil
import sys


def main(chains: int, links: int, name: str) -> None:
    """Start the next link of a chain when the last has ended."""
    program = shutil.which(name)
    assert program is not None
    left = {os.posix_spawn(program, [name], os.environ): links - 1 for _ in range(chains)}
    while left:
        pid, status = os.wait()
        assert status == 0
        more = left.pop(pid)
        if more:
            left[os.posix_spawn(program, [name], os.environ)] = more - 1


main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
