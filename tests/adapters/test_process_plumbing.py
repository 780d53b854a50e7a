"""What a launch writes to, when few descriptors are left."""

import errno
import os
import resource

import pytest

from homeport.adapters.process.plumbing import SPARE, plumb
from homeport.ports.runtime import Launch


@pytest.mark.parametrize(("tty", "taken"), [(False, 4), (True, 2)])
def test_programs_leave_descriptors_to_the_house(tty: bool, taken: int) -> None:
    """A launch that would take the last ones is refused and holds none; with room for both it gets its own."""
    launch = Launch("api", ("true",), "/", {}, tty=tty)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = [os.dup(0) for _ in range(taken + SPARE)]
    for fd in free:
        os.close(fd)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (free[-1], hard))
        with pytest.raises(OSError) as raised:
            plumb(launch)
        assert raised.value.errno == errno.EMFILE
        resource.setrlimit(resource.RLIMIT_NOFILE, (free[-1] + 1, hard))
        plumbing = plumb(launch)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len({*plumbing.ours, *plumbing.theirs}) == taken
    for fd in (*plumbing.ours, *plumbing.theirs):
        os.close(fd)
