"""Init scripts: what fills a new database, run once against a server that nobody else can reach yet."""

import gzip
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from homeport.components.launch.postgres_plan import Plan, ending, environ
from homeport.components.launch.refusal import FAILED, Refusal
from homeport.kit.postgres_protocol import Answer, judge, startup_message

_PORT = 5432  # names the socket file only; the folder is private, so any number does
_PAUSE = 0.02
_PATIENCE = 60.0


def check(script: Path) -> None:
    """Refuse a script that cannot be read or is of no kind that we run."""
    if not script.name.endswith((".sql", ".sql.gz", ".sh")):
        raise Refusal(f"the init script '{script}' should end in .sql, .sql.gz or .sh")
    if not script.is_file() or not os.access(script, os.R_OK):
        raise Refusal(f"the init script '{script}' is not a file that can be read")


def run_all(plan: Plan, cluster: Path, sockets: Path | None) -> None:
    """Run the scripts in their order, through a socket in a private folder; the first failure is a Refusal."""
    if not plan.scripts:
        return
    with _folder_or(sockets) as run, _private_server(plan, cluster, run):
        for script in plan.scripts:
            code = _run(plan, script, run)
            if code != 0:
                how = ending(code)
                raise Refusal(f"the init script '{script}' failed ({how}); mend it, the next start begins anew", FAILED)


@contextmanager
def _folder_or(sockets: Path | None) -> Iterator[Path]:
    """Give the folder, or one with a short path for as long as the block lasts."""
    if sockets is not None:
        yield sockets
        return
    with tempfile.TemporaryDirectory(prefix="homeport-") as folder:
        yield Path(folder)


def _run(plan: Plan, script: Path, run: Path) -> int:
    variables = environ() | {
        "PATH": os.pathsep.join([str(plan.bin), os.environ.get("PATH", os.defpath)]),
        "PGHOST": str(run),
        "PGPORT": str(_PORT),
        "PGUSER": plan.user,
        "PGDATABASE": plan.database,
        "PGPASSWORD": plan.password,
    }
    psql = [str(plan.bin / "psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
    if script.suffix == ".gz":
        with subprocess.Popen(psql, stdin=subprocess.PIPE, env=variables, cwd=script.parent) as process:
            _unpack(script, process.stdin)
        return process.returncode
    argv = ["sh", str(script)] if script.suffix == ".sh" else [*psql, f"--file={script}"]
    return subprocess.run(argv, stdin=subprocess.DEVNULL, env=variables, cwd=script.parent, check=False).returncode


def _unpack(script: Path, to: IO[bytes] | None) -> None:
    assert to is not None
    try:
        with gzip.open(script) as content, to:
            shutil.copyfileobj(content, to)
    except (gzip.BadGzipFile, EOFError):
        raise Refusal(f"the init script '{script}' is not a whole gzip file") from None
    except BrokenPipeError:
        return  # psql ended at an error; its exit code tells


@contextmanager
def _private_server(plan: Plan, cluster: Path, run: Path) -> Iterator[None]:
    """Run a server on the unix socket alone for as long as the block lasts."""
    flags = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={run}", "-c", f"port={_PORT}"]
    server = subprocess.Popen(
        [plan.bin / "postgres", "-D", cluster, *flags],
        env=environ(),
        pass_fds=(plan.lock,),
        stdin=subprocess.DEVNULL,
    )
    try:
        _await(server, run / f".s.PGSQL.{_PORT}", plan.user)
        yield
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def _await(server: "subprocess.Popen[bytes]", path: Path, user: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not _accepts(path, user):
        if server.poll() is not None or time.monotonic() > deadline:
            raise Refusal("the server for the init scripts did not start; what it said stands above", FAILED)
        time.sleep(_PAUSE)


def _accepts(path: Path, user: str) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(path))
            connection.sendall(startup_message(user))
            received = b""
            while (answer := judge(received)) is Answer.INCOMPLETE:
                chunk = connection.recv(1024)
                if not chunk:
                    return False
                received += chunk
        except OSError:
            return False
    return answer is Answer.ACCEPTING
