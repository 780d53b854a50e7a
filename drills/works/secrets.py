"""Secret values are put through everything; then whatever Homeport wrote is searched for them."""

import base64
import json
import random
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

from drills.drill import Drill, Figure, Values, insist
from drills.stage import PROGRAMS, Stage
from drills.waiting import until

STACK = """
import os
from homeport import Stack, command, environ, file, http, password, restart

stack = Stack("canaries")
settings = stack.env_file(".env", secret=["GREETING"])
made = stack.secret("made", password())
given = stack.secret("given", environ("GIVEN"))
filed = stack.secret("filed", file("filed.txt"))
option = stack.option("api-token", default="")
env = {{**settings, "MADE": made, "URL": f"postgres://me:{{made}}@localhost/db", "GIVEN": given, "FILED": filed,
       "OPTION": option, "LITERAL_TOKEN": {literal!r}}}
names = [{names}]
blab = ["python", {blab!r}]
once = restart("never")
print("a settled stack", os.environ["GIVEN"], flush=True)
stack.service("tell", run=[*blab, "tell", *names], env=env)
stack.service("crash", run=[*blab, "crash", *names], env=env, restart=once)
stack.service("sick", run="sleep 1000", env=env, ready=command([*blab, "fail", *names]), live=command("false", after=600))
stack.service("lost", run=["./lost"], env=env, restart=once)
stack.service("asked", run="exec python -m http.server $PORT", ports={{"http": 8000}}, env=env, links={{"page": f"http://h/?{{option}}"}},
              ready=http(f"/none?key={{os.environ['GIVEN']}}", headers={{"Authorization": given}}))
stack.task("task", run=[*blab, "fail", *names], env=env)
"""
NAMES = ("TOKEN", "GREETING", "DATABASE_URL", "MADE", "URL", "GIVEN", "FILED", "OPTION", "LITERAL_TOKEN")
BROKEN = (
    "\nprint(open('.env').read(), flush=True)\nraise ValueError(open('.env').read() + os.environ['GIVEN'])\n",
    "\nstack.service('x', run='x', nedes={literal!r})\n",
    "\nstack.service('x', run='x', env={{'A_TOKEN': {literal!r}}}, ports={given!r})\n",
    "\nprint(os.environ['GIVEN'], flush=True)\nos._exit(3)\n",
    "\nstack.task('x', run=['curl', option, os.environ['GIVEN']])\n",
    "\nstack.option('my-token', type=int)\nTOKEN = {literal!r} +\n",
)
COMMANDS = (
    ("status",), ("status", "--json"), ("ps",), ("ps", "--json"), ("args",), ("args", "--json"), ("doctor",),
    ("doctor", "--json"), ("dump",), ("logs", "--tail", "100000"), ("logs", "--json", "--tail", "100000"),
    ("logs", "--grep", "token"), ("exec", "tell", "--", "./there-is-no-such-program"),
    ("dump", "--report", "report"),
)  # fmt: skip


def canaries(stage: Stage) -> Values:
    """Let everything be told, and search."""
    values = {
        name: _canary(stage.chance) for name in ("TOKEN", "GREETING", "DSN", "GIVEN", "FILED", "OPTION", "LITERAL")
    }
    teller = _Teller(stage, values)
    teller.write_stack("")
    _live(stage, teller)
    _search(stage, values)  # some files are there only while a house runs
    _break(teller)
    _try(stage, teller)
    _search(stage, values)
    return {"files": float(sum(1 for _ in _written(stage))), "forms": float(len(_forms(values["TOKEN"])))}


class _Teller:
    """Runs commands with the canaries around them, and keeps what they say."""

    def __init__(self, stage: Stage, values: Mapping[str, str]) -> None:
        self.stage = stage
        self.values = values
        stage.more["GIVEN"] = values["GIVEN"]
        stage.write("filed.txt", values["FILED"] + "\n")
        stage.write("lost", "#!/there/is/no/such/program\n").chmod(0o700)
        self.write_settings()

    def write_settings(self) -> None:
        """Save the ``.env`` file."""
        values = self.values
        token = values["TOKEN"].replace("\\", "\\\\").replace('"', '\\"')
        dsn = f"postgres://me:{quote(values['DSN'], safe='')}@localhost/db"
        self.stage.write(
            ".env", f"TOKEN=\"{token}\"\nGREETING='{values['GREETING']}'\nDATABASE_URL={dsn}\nLEVEL=info\n"
        )

    def write_stack(self, more: str) -> None:
        """Save the stack file, with something wrong at its end."""
        names = ", ".join(f'"{name}"' for name in NAMES)
        filled = {"literal": self.values["LITERAL"], "given": self.values["GIVEN"]}
        stack = STACK.format(names=names, blab=str(PROGRAMS / "blab.py"), **filled)
        self.stage.write("stack.py", stack + (more.format(**filled) if more else ""))

    def run(self, *words: str) -> int:
        """Run a command; its words stay, in a file."""
        done = self.stage.homeport(*words)
        with (self.stage.folder / "out").open("a") as out:
            out.write(f"$ {words[0]}\n{done.stdout}{done.stderr}")
        return done.returncode


def _live(stage: Stage, teller: _Teller) -> None:
    """Open a house, let everybody tell, and look at it in every way."""
    teller.run("up", "-d", "--timeout", "20s", "--set", f"api-token={teller.values['OPTION']}")
    client = stage.client()
    states = {"crash": "failed", "lost": "failed", "task": "failed"}
    until(
        lambda: all(node.state == states.get(node.name, node.state) for node in client.status().nodes),
        f"not all have failed that must: {stage.said()[-2000:]}",
    )
    until(lambda: "the probe ended" in str(client.why("sick")), "the probe was never heard")
    for words in COMMANDS:
        teller.run(*words)
    for name in ("crash", "sick", "lost", "asked", "task"):
        teller.run("why", name)
        teller.run("why", name, "--json")
    teller.run("trigger", "task", "--", teller.values["GIVEN"])
    teller.run("args", f"api-token={teller.values['OPTION']}", "--json")


def _break(teller: _Teller) -> None:
    """Save the file in broken states, under a running house and without one."""
    client = teller.stage.client()
    for more in BROKEN:
        before = client.status().file_error
        teller.write_stack(more)
        until(lambda before=before: client.status().file_error not in (None, "", before), "the error is not told")  # type: ignore[misc]
        teller.run("status")
        teller.run("status", "--json")
        teller.run("doctor")
        teller.run("args")
    teller.run("down")
    for more in BROKEN:
        teller.write_stack(more)
        for words in (("up",),) if teller.stage.short else (("up",), ("up", "-d"), ("args",), ("doctor",), ("dump",)):
            teller.run(*words)
    teller.run("up", "-d", "--last-good", "--timeout", "5s")
    teller.run("status")
    teller.run("down")
    teller.stage.write(".env", f"{teller.values['TOKEN']}\n")
    teller.write_stack("")
    teller.run("up", "-d")


def _try(stage: Stage, teller: _Teller) -> None:
    """Try the stack as CI does, with reports, and a command that names a secret itself."""
    teller.write_settings()
    teller.write_stack("")
    given = ("--", "true", teller.values["GIVEN"])
    teller.run("ci", "--instance", "tried", "--timeout", "5s", "--report", "tried", "tell", *given)
    for name in ("homeport.xml", "homeport.json"):
        text = (stage.folder / "tried" / name).read_text()
        insist("[secret" in text, f"the report {name} of ci tells of no program")


def _canary(chance: random.Random) -> str:
    """Return a value that every way of escaping writes differently, and that nothing else could say."""
    letters = "".join(chance.choices(string.ascii_letters + string.digits, k=24))
    return f'{letters[:8]}/+{letters[8:16]}"& {letters[16:]}'


def _search(stage: Stage, values: Mapping[str, str]) -> None:
    """Search everything that was written until now."""
    made = _made(stage)
    insist(len(made) >= 1, "no secret was made")
    found = list(_found(stage, {**values, **made}))
    insist(not found, "; ".join(found[:5]))


def _made(stage: Stage) -> Mapping[str, str]:
    """Return the generated values of all instances."""
    return {str(path): path.read_text() for path in stage.folder.glob("state/homeport/instances/*/secrets/made/*")}


def _forms(value: str) -> set[bytes]:
    """Return what would betray a value: its halves, and what is sure of it in each encoding."""
    data, half = value.encode(), len(value) // 2
    found = {
        value[:half],
        value[half:],
        json.dumps(value)[1:-1],
        quote(value),
        quote(value, safe=""),
        quote_plus(value),
    }
    forms = {text.encode() for text in found}
    for before in range(3):
        sure = base64.b64encode(b"\0" * before + data)[(0, 2, 3)[before] : (before + len(data)) * 8 // 6]
        forms |= {sure, sure.translate(bytes.maketrans(b"+/", b"-_"))}
    return forms


def _written(stage: Stage) -> Iterator[Path]:
    """Yield every file that Homeport wrote, what its commands said included; the vault's own are left out."""
    for top in ("state", "cache", "run", "report", "tried", "out"):
        path = stage.folder / top
        for file in [path] if path.is_file() else sorted(path.rglob("*")):
            inside = file.relative_to(stage.folder).parts
            vault = (
                "secrets" in inside
                or "data" in inside
                or (inside[0] == "run" and {"given", "filed", "made"} & set(inside))
            )
            if file.is_file() and not vault:
                yield file


def _found(stage: Stage, values: Mapping[str, str]) -> Iterator[str]:
    """Yield where a canary was found, without it."""
    for file in _written(stage):
        data = file.read_bytes()
        for name, value in values.items():
            for form in _forms(value):
                at = data.find(form)
                if at >= 0:
                    line = data[data.rfind(b"\n", 0, at) + 1 : at][-150:]
                    command = data[: max(at, 0)].rpartition(b"\n$ ")[2].split(b"\n")[0] if file.name == "out" else b""
                    place = f"{file.relative_to(stage.folder)} {command.decode(errors='replace')}"
                    yield f"{name} stands in {place} after {line.decode(errors='replace')!r}"
                    break


DRILLS = (
    Drill(
        "canaries",
        "No secret value is in anything that Homeport wrote, however programs, files and people tell it",
        canaries,
        (Figure("files searched", "files", unit=""),),
        rounds=3,
    ),
)
