"""Becomes a PostgreSQL server. Its arguments are in ``README.md``."""

import signal

if __name__ == "__main__":
    # The stop signal may come while we import: then there is nothing to undo, and nobody wants to read a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import os
from pathlib import Path

from homeport.components.launch import arguments, postgres_accounts, postgres_cluster
from homeport.components.launch.folder import claim, forget
from homeport.components.launch.postgres_plan import Plan, environ
from homeport.components.launch.refusal import Refusal, guard
from homeport.components.launch.server import become
from homeport.components.launch.unprivileged import leave_root

_LONGEST_SOCKET_FOLDER = 103 - len("/.s.PGSQL.65535")
"""Bytes; macOS allows 103 for a socket's path, Linux 107."""


def socket_folder(data: Path) -> Path | None:
    """Make and return a private folder for the unix socket, empty; None where the socket's path would be too long."""
    folder = data / "run"
    if len(os.fsencode(folder)) > _LONGEST_SOCKET_FOLDER:
        return None
    folder.mkdir(mode=0o700, exist_ok=True)
    for leftover in folder.glob(".s.PGSQL.*"):
        # A killed server's socket has a lock file, whose process number may belong to a stranger by now. We hold the
        # lock of the data, so no server uses this folder.
        leftover.unlink()
    return folder


def _options() -> argparse.Namespace:
    parser = arguments.parser("postgres")
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password-file", type=Path, required=True)
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--init-script", type=Path, action="append", default=[], dest="scripts")
    return parser.parse_args()


def _plan(options: argparse.Namespace, data: Path, lock: int) -> Plan:
    for label, name in (("--database", options.database), ("--user", options.user)):
        if not name or not name.isprintable() or len(name.encode()) > 63:
            raise Refusal(f"'{label} {name}' should be 1 to 63 bytes of printable text")
    return Plan(
        bin=options.bin.absolute(),
        data=data,
        lock=lock,
        database=options.database,
        user=options.user,
        password=arguments.password(options.password_file),
        scripts=tuple(script.absolute() for script in options.scripts),
    )


def main() -> None:
    """Prepare the cluster and become the server."""
    options = _options()
    settings = arguments.settings(options.settings)
    data = options.data.absolute()
    lock = claim(data)
    plan = _plan(options, data, lock)
    postgres_cluster.check_programs(plan)
    if options.fresh:
        forget(plan.cluster)
    postgres_cluster.forget_dead_server(plan.cluster)
    leave_root(data, (plan.bin / "postgres", *plan.scripts))
    run = socket_folder(data)
    fresh = not plan.cluster.exists()
    if fresh:
        postgres_cluster.create(plan, run)
    postgres_cluster.check_version(plan)
    if fresh:
        postgres_accounts.note(plan)
    else:
        postgres_accounts.keep(plan)
    flags = {
        "listen_addresses": options.host,
        "port": str(options.port),
        "unix_socket_directories": str(run or ""),
        "unix_socket_permissions": "0700",
        **settings,
    }
    become(
        plan.bin / "postgres",
        ["-D", str(plan.cluster), *(part for pair in flags.items() for part in ("-c", "=".join(pair)))],
        environ(),
    )


if __name__ == "__main__":
    guard(main)
