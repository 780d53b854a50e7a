"""Whether a noted process still lives."""

import os
import subprocess
import sys

from homeport.machine.liveness import await_ends, birth_of, is_alive, own_birth, portable_birth


def test_a_process_is_known_by_number_and_birth() -> None:
    """A living process has one birth, another process another one, and a dead one none, even before it is reaped."""
    own = own_birth()
    assert own
    assert birth_of(os.getpid()) == own
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        birth = birth_of(other.pid)
        assert birth
        assert is_alive(other.pid, birth)
        assert not is_alive(other.pid, own)
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
        assert birth_of(other.pid) is None
        assert portable_birth(other.pid) is None
    assert not is_alive(other.pid, birth)


def test_the_portable_way_agrees() -> None:
    """Where there is no /proc the same questions have the same answers."""
    mark = portable_birth(os.getpid())
    assert mark
    assert portable_birth(os.getpid()) == mark
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        assert portable_birth(other.pid)
        other.kill()
    assert portable_birth(other.pid) is None


def test_waiting_ends_with_the_process_or_with_the_time() -> None:
    """Who lives on is returned; a zombie has ended, and so has a number that means somebody else by now."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        known = (other.pid, birth_of(other.pid) or "")
        assert await_ends([known, (os.getpid(), "another")], 0.0) == [known]
        other.kill()
        assert await_ends([known]) == []
