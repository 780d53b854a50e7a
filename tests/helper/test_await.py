"""Waiting for addresses, as an init container of a task does."""

import socket
import subprocess
from pathlib import Path


def test_it_ends_when_every_address_answers(program: Path) -> None:
    """By number or by name; of connections that nobody accepts it leaves none open."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        addresses = [f"127.0.0.1:{one.getsockname()[1]}", f"localhost:{two.getsockname()[1]}"]
        done = subprocess.run([program, "await", *addresses], capture_output=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_one_port_of_a_host_is_enough(program: Path) -> None:
    """All of a Service lead to its pods at the same moment; a port that only a debugger opens keeps nobody waiting."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        free = closed.getsockname()[1]
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{free},{server.getsockname()[1]}"
        assert subprocess.run([program, "await", address], timeout=15, check=False).returncode == 0


def test_it_waits_for_one_that_does_not_answer_yet(program: Path) -> None:
    """It goes on as soon as somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    with subprocess.Popen([program, "await", f"127.0.0.1:{free}"]) as waiting:
        assert waiting.poll() is None
        with socket.create_server(("127.0.0.1", free)) as server:
            server.accept()[0].close()
            assert waiting.wait(20) == 0


def test_what_is_no_address_is_said(program: Path) -> None:
    """With the status of wrong usage."""
    done = subprocess.run([program, "await", "postgres"], capture_output=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (64, b'homeport-helper: "postgres" is no HOST:PORT\n')
