"""The log store: how much it takes, how soon others' lines come beside a flood, how fast lines are found."""

import json
import subprocess
import time

from bench.place import PROGRAMS, Place
from bench.work import Row, Values, Work

TAKEN = 1_000_000_000
FLOOD = """
from homeport import Stack, password

stack = Stack("flood")
secrets = {{f"SECRET_{{n}}": stack.secret(f"k{{n}}", password()) for n in range({secrets})}}
stack.service("loud", run=[{python!r}, {programs!r} + "/flood.py", "{size}", "told"], env=secrets, restart="never")
"""


def store(place: Place) -> Values:
    """Feed a pen and search a million lines, in one process."""
    values: Values = json.loads(place.run(place.python, str(PROGRAMS / "storing.py"), str(place.folder)).stdout)
    return values


def service(place: Place) -> Values:
    """Let a service write as fast as its lines are taken, without secrets and with five."""
    return {"seconds": _taken(place, 0), "secrets": _taken(place, 5)}


def cat(place: Place) -> Values:
    """Write the same into a file through a pipe."""
    command = f"{place.python} {PROGRAMS}/flood.py {TAKEN} {place.folder}/told | cat > {place.folder}/file"
    began = time.monotonic()
    subprocess.run(command, shell=True, check=True)
    return {"seconds": (time.monotonic() - began) * 150e6 / TAKEN}


def commands(place: Place) -> Values:
    """Look at a million lines with the whole command, as a person does."""
    script = "import sys; [print(f'line {n} needle' if n % 10000 == 77 else f'line {n} hay') for n in range(1000000)]"
    place.write(
        "stack.py", f'from homeport import Stack\n\nStack("m").task("m", run=[{place.python!r}, "-c", {script!r}])'
    )
    place.run(place.homeport, "ci")
    return {
        "tail": _seconds(place, 1000, "--tail", "1000"),
        "grep": _seconds(place, 100, "--grep", "needle"),
    }


def _seconds(place: Place, lines: int, *asked: str) -> float:
    began = time.monotonic()
    found = place.run(place.homeport, "logs", "m", *asked).stdout.count("\n")
    took = time.monotonic() - began
    assert found == lines, f"{lines} lines were asked for, {found} came"
    return took


def _taken(place: Place, secrets: int) -> float:
    """Return the seconds per 150 MB that a service of a detached house wrote."""
    told = place.folder / "told"
    told.unlink(missing_ok=True)
    text = FLOOD.format(secrets=secrets, python=place.python, programs=str(PROGRAMS), size=TAKEN)
    place.write("stack.py", text)
    place.run(place.homeport, "up", "-d")
    try:
        until = time.monotonic() + 120
        while not (told.exists() and told.read_text()):
            if time.monotonic() > until:
                raise RuntimeError("the flood was not taken within 120 s")
            time.sleep(0.02)
        return float(told.read_text()) * 150e6 / TAKEN
    finally:
        place.run(place.homeport, "down")


WORKS = (
    Work(
        "store",
        (
            Row("150 MB fed to a pen", "feed", limit=1000),
            Row("40 MB fed with five secrets", "secrets", limit=1000),
            Row("last 1,000 lines of a million", "tail", limit=5),
            Row("a word in a million lines", "grep", limit=150),
            Row("a pattern in a million lines", "pattern"),
            Row("errors of a million lines", "level"),
            Row("since just now in a million lines", "since"),
        ),
        {"homeport": store},
    ),
    Work(
        "flood",
        (
            Row("150 MB from a service into its log; cat > file", limit=1000),
            Row("150 MB the same with five secrets", "secrets", limit=3750),
        ),
        {"homeport": service, "cat": cat},
    ),
    Work(
        "logs",
        (Row("`logs --tail 1000` of a million, whole command", "tail"), Row("`logs --grep` in a million", "grep")),
        {"homeport": commands},
    ),
)
