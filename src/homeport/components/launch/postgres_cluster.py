"""A PostgreSQL cluster on disk: created whole or not at all, and recognised again."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from homeport.components.launch import postgres_accounts, postgres_scripts
from homeport.components.launch.postgres_plan import Plan, ending, environ
from homeport.components.launch.refusal import FAILED, Refusal

_ACCESS = """\
# Written by Homeport: everybody needs a password. The unix socket is in a private folder besides.
local all all scram-sha-256
host  all all all scram-sha-256
"""


def check_programs(plan: Plan) -> None:
    """Refuse a folder that lacks a program which this start needs."""
    needed = ["postgres", "initdb", *(["psql"] if plan.scripts else [])]
    for name in needed:
        if not os.access(plan.bin / name, os.X_OK):
            raise Refusal(f"there is no program '{name}' in '{plan.bin}'")
    for script in plan.scripts:
        postgres_scripts.check(script)


def check_version(plan: Plan) -> None:
    """Refuse a cluster that another major version made; it stays as it is."""
    try:
        made = (plan.cluster / "PG_VERSION").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise Refusal(f"'{plan.cluster}' is not a PostgreSQL cluster; move it away") from None
    program = plan.bin / "postgres"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, env=environ()).stdout
    version = next((word for word in said.split() if word[0].isdigit()), "unknown")
    major = version if made.count(".") else version.partition(".")[0]
    if not (major == made or major.startswith(f"{made}.")):
        raise Refusal(
            f"the data in '{plan.data}' were made by PostgreSQL {made}, but '{program}' is {version}; "
            f"ask for version=\"{made}\", or begin anew with 'homeport down --data'"
        )


def forget_dead_server(cluster: Path) -> None:
    """Remove the pid file of a killed server whose number another process has by now; Postgres would believe it.

    We hold the folder's lock, so no server of ours lives; one that was started by hand is left to Postgres to name.
    """
    file = cluster / "postmaster.pid"
    try:
        number = int(file.read_text(encoding="utf-8").partition("\n")[0])
    except (OSError, ValueError):
        return
    if not _serves(number, cluster):
        file.unlink(missing_ok=True)


def _serves(number: int, cluster: Path) -> bool:
    """Tell whether the process works in the cluster's folder, where every Postgres server lives."""
    if Path("/proc/self/cwd").is_symlink():
        try:
            return Path(f"/proc/{number}/cwd").samefile(cluster)
        except OSError:
            return False
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(number)], capture_output=True, text=True, check=False)
    return str(cluster) in shown.stdout


def create(plan: Plan, run: Path | None) -> None:
    """Make the cluster, its database and what the init scripts make, in a draft that is renamed at the end."""
    for leftover in plan.data.glob("pgdata.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    draft = plan.data / f"pgdata.new-{os.getpid()}"
    print(f"homeport: making a database cluster in '{plan.cluster}'", file=sys.stderr, flush=True)
    try:
        _initdb(plan, draft)
        (draft / "pg_hba.conf").write_text(_ACCESS, encoding="utf-8")
        postgres_accounts.apply(plan, draft)
        postgres_scripts.run_all(plan, draft, run)
        draft.rename(plan.cluster)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _initdb(plan: Plan, draft: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, plan.password.encode() + b"\n")
    os.close(writer)
    chosen = environ()
    flags = [f"--pgdata={draft}", f"--username={plan.user}", f"--pwfile=/dev/fd/{reader}", "--auth=scram-sha-256"]
    flags += ["--encoding=UTF8", f"--locale={chosen['LC_ALL']}", "--lc-messages=C", "--no-instructions"]
    try:
        done = subprocess.run(
            [plan.bin / "initdb", *flags],
            env=chosen,
            pass_fds=(reader, plan.lock),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    finally:
        os.close(reader)
    if done.returncode != 0:
        print(done.stdout.decode("utf-8", "replace"), file=sys.stderr)
        raise Refusal(f"initdb could not make '{plan.cluster}' ({ending(done.returncode)})", FAILED)
