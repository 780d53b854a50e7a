"""Who may log in to a PostgreSQL cluster, and to which database.

Done in Postgres's single-user mode, before anybody can connect and whatever the old password was.
"""

import hashlib
import json
import secrets
import subprocess
import sys
from pathlib import Path

from homeport.components.launch.folder import write_private
from homeport.components.launch.postgres_plan import Plan, environ
from homeport.components.launch.refusal import FAILED, Refusal

_RECORD = "homeport-accounts"


def keep(plan: Plan) -> None:
    """Make the user, the password and the database what is asked for, if they differ from what was applied last."""
    record = plan.data / _RECORD
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
        salt = bytes.fromhex(known["salt"])
    except (OSError, ValueError, TypeError, KeyError):
        known, salt = None, secrets.token_bytes(16)
    wanted = _digest(plan, salt)
    if known != wanted:
        apply(plan, plan.cluster)
        write_private(record, json.dumps(wanted))


def note(plan: Plan) -> None:
    """Remember what a new cluster was made with."""
    write_private(plan.data / _RECORD, json.dumps(_digest(plan, secrets.token_bytes(16))))


def _digest(plan: Plan, salt: bytes) -> dict[str, str]:
    # Fast on purpose: the same folder holds Postgres's own verifier of the password.
    proof = hashlib.pbkdf2_hmac("sha256", plan.password.encode(), salt, 4096).hex()
    return {"user": plan.user, "database": plan.database, "salt": salt.hex(), "password": proof}


def apply(plan: Plan, cluster: Path) -> None:
    """Create what is missing and set the password. Raises Refusal when Postgres objects."""
    user, name = _identifier(plan.user), _identifier(plan.database)
    absent = f"NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {_literal(plan.user)})"
    commands = [
        f"DO $homeport$ BEGIN IF {absent} THEN CREATE ROLE {user}; END IF; END $homeport$;",
        f"ALTER ROLE {user} WITH SUPERUSER LOGIN PASSWORD {_literal(plan.password)};",
        f"CREATE DATABASE {name} OWNER {user};",
    ]
    done = subprocess.run(
        [plan.bin / "postgres", "--single", "-D", cluster, "-c", "log_min_error_statement=panic", "template1"],
        input="".join(f"{command}\n" for command in commands).encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environ(),
        pass_fds=(plan.lock,),
        check=False,
    )
    said = done.stderr.decode("utf-8", "replace")
    objections = [line for line in said.splitlines() if "ERROR:" in line and "already exists" not in line]
    if done.returncode != 0 or objections:
        print(said, file=sys.stderr)
        raise Refusal(f"Postgres could not make user '{plan.user}' and database '{plan.database}'", FAILED)


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
