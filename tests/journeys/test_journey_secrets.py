"""Secrets are used by programs and seen by nobody; what is remembered survives a restart without them."""

import base64
import json
from pathlib import Path
from urllib.parse import quote

from person import Person

STACK = """
from homeport import Stack, environ, file, password

stack = Stack("quiet")
settings = stack.env_file(".env", secret=["GREETING"])
made = stack.secret("made", password())
option = stack.option("api-token", default="")
env = {**settings, "MADE": made, "GIVEN": stack.secret("given", environ("GIVEN")), "OPTION": option,
       "FILED": stack.secret("filed", file("filed.txt")), "LITERAL_TOKEN": "canary-literal-8sf3"}
names = ["TOKEN", "GREETING", "DATABASE_URL", "GIVEN", "OPTION", "FILED", "LITERAL_TOKEN"]
stack.service("tell", run=["python", "tell.py", *names], env=env)
"""
TELL = """
import base64, json, os, sys, time
from urllib.parse import quote
for name in sys.argv[1:]:
    value = os.environ[name]
    print(value, json.dumps(value), quote(value, safe=""), value, file=sys.stderr)
    for before in ("", "u", "us", "user:"):
        print(base64.b64encode((before + value).encode()).decode())
print("told", os.environ["OPTION"] == "canary/option+2c1d", flush=True)
time.sleep(1000)
"""
CANARIES = (
    "canary/token+9d2k",
    "canary-greeting-77qa",
    "canary-dsn-51xz",
    "canary-given-x81m",
    "canary/option+2c1d",
    "canary-filed-0ak3",
    "canary-literal-8sf3",
)
BROKEN = "\nprint(open('.env').read())\nraise ValueError(option.value + open('.env').read())\n"


def settle(person: Person) -> None:
    """Save the stack and everything that is secret in it."""
    person.environ["GIVEN"] = "canary-given-x81m"
    dsn = "postgres://me:canary-dsn-51xz@localhost/db"
    person.save(".env", f"TOKEN=canary/token+9d2k\nGREETING=canary-greeting-77qa\nDATABASE_URL={dsn}\n")
    person.save("filed.txt", "canary-filed-0ak3\n")
    person.save("tell.py", TELL)
    person.save("stack.py", STACK)


def written(person: Person, *said: object) -> bytes:
    """Return everything that Homeport wrote, what it said included, but not the vault's own files."""
    folders = (person.home / "state", person.home / "run")
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    ours = [file for file in files if not {"secrets", "given", "filed"} & set(file.parts)]
    return b"\n".join([*(file.read_bytes() for file in ours), *(str(each).encode() for each in said)])


def seek(data: bytes) -> list[str]:
    """Return the canaries that are in the data, in any encoding."""
    found = []
    for canary in CANARIES:
        raw = canary.encode()
        forms = {raw, json.dumps(canary)[1:-1].encode(), quote(canary, safe="").encode()}
        for before in range(3):
            sure = base64.b64encode(b"\0" * before + raw)[(0, 2, 3)[before] : (before + len(raw)) * 8 // 6]
            forms |= {sure, sure.translate(bytes.maketrans(b"+/", b"-_"))}
        found += [canary for form in forms if form in data]
    return found


def test_no_secret_is_in_anything_that_was_written(person: Person) -> None:
    """Values of every kind, printed in every encoding, raised and printed by the file: none is found anywhere."""
    settle(person)
    said: list[object] = [person.type("up", "-d", "--set", "api-token=canary/option+2c1d")]
    assert "told True" in person.line("tell", "told")
    looks = (
        ["status", "--json"],
        ["args"],
        ["args", "--json"],
        ["doctor"],
        ["dump"],
        ["logs", "--tail", "999"],
        ["ps"],
    )
    said += [person.type(*words) for words in looks]
    said += [person.type("exec", "tell", "--", "./no-such-program", exits=3)]
    person.save("stack.py", STACK + BROKEN)
    person.until(lambda _, frame: frame.file_error)
    said += [person.type(*words) for words in (["status"], ["status", "--json"], ["args"])]
    person.type("down")
    said += [person.type("up", "-d", exits=2), person.type("args")]
    doctor = person.type("doctor", exits=1)  # the file is broken: what it said last tells
    for what in ("TOKEN in .env is masked (its name)", "made is masked (declared)", "LITERAL_TOKEN in tell is masked"):
        assert what in doctor.out
    said.append(doctor)
    data = written(person, *said)
    assert b"[secret TOKEN]" in data
    assert b"[secret api-token]" in data
    assert seek(data) == []


def test_a_secret_option_survives_a_restart(person: Person) -> None:
    """Its value is used again by the next house, though what is remembered only names it."""
    settle(person)
    person.type("up", "-d", "--set", "api-token=canary/option+2c1d")
    person.leave()
    (memory,) = Path(person.home / "state").rglob("memory.json")
    assert json.loads(memory.read_text())["kept"] == ["api-token"]
    (kept,) = memory.parent.glob("secrets/.options.json")
    assert (json.loads(kept.read_text()), kept.stat().st_mode & 0o777) == ({"api-token": "canary/option+2c1d"}, 0o600)
    person.type("up", "-d")
    assert "told True" in person.line("tell", "told")
    person.type("args", "--forget", "api-token")
    assert "told False" in person.line("tell", "told False")
    assert json.loads(kept.read_text()) == {}


def test_what_worked_last_runs_while_the_file_is_broken(person: Person) -> None:
    """A broken file is an error that names the way out; the last good configuration runs, then the file once it is mended."""
    settle(person)
    person.type("up", "-d")
    person.leave()
    person.save("stack.py", STACK.replace('"tell"', '"tell", nedes=1'))
    assert "homeport up --last-good" in person.type("up", "-d", exits=2).err
    assert "nedes" in person.type("ci", exits=2).err
    assert "nedes" in person.type("up", "-d", "--last-good").err + person.type("status").out
    for words in (["logs"], ["ps"], ["args"], ["status"]):
        person.type(*words)
    person.save("stack.py", STACK.replace('"tell"', '"say"'))
    nodes = person.until(lambda nodes, _: "say" in nodes and nodes["say"].state == "ready")
    assert "tell" not in nodes
    person.save("stack.py", STACK + "(")
    person.until(lambda _, frame: frame.file_error)
    person.type("down", "--data")


def test_a_secret_in_arguments_is_refused(person: Person) -> None:
    """Who triggers a task with a secret in its arguments is told to pass it in another way."""
    settle(person)
    person.save("stack.py", STACK + 'stack.task("late", run="true", manual=True)\n')
    person.type("up", "-d")
    refused = person.type("trigger", "late", "--", "--key", "canary-given-x81m", exits=2)
    assert "every user could read" in refused.err
    assert "canary" not in refused.err
    refused = person.type("args", "api-token=x", "--json")
    assert seek(written(person, refused)) == []
