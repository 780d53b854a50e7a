"""What programs say: found again, followed, filtered, and never with a secret in it."""

import base64
import json

from person import Person

LOOP = "while :; do sleep 60; done"


def test_secrets_are_shown_nowhere(person: Person) -> None:
    """A program that prints its secret, as it is or in base64, finds it masked in logs, status, why and dump."""
    value = "tr0ub4dor-and-3-staples"
    encoded = base64.b64encode(value.encode()).decode()
    person.save(".env", f"API_TOKEN={value}\n")
    person.save(
        "stack.py",
        "from homeport import Stack, restart\nstack = Stack('hushed')\n"
        "settings = stack.env_file('.env')\n"
        "made = stack.secret('made', {'it': __import__('homeport').password()})\n"
        "say = 'echo raw $API_TOKEN; echo coded $(printf %s $API_TOKEN | base64); '\n"
        "stack.service('talks', run=say + 'echo made $MADE; cat $MADE_FILE; exit 3', restart=restart('never'),\n"
        "    env={**settings, 'MADE': made['it'], 'MADE_FILE': made['it'].path})\n",
    )
    person.type("up", "-d", exits=1)
    asked = (["logs"], ["status"], ["status", "--json"], ["why", "talks"], ["why", "talks", "--json"], ["dump"])
    said = "".join(person.type(*words).out for words in asked)
    [password] = (person.home / "state/homeport/instances/hushed/secrets").glob("*/it")
    assert "raw" in said
    assert "coded" in said
    for secret in (value, encoded, password.read_text().strip()):
        assert secret not in said
    kept = person.home / "state/homeport/instances/hushed"
    for file in [path for folder in ("logs", "memory.json") for path in [kept / folder, *(kept / folder).rglob("*")]]:
        if file.is_file():
            assert value.encode() not in file.read_bytes()


def test_logs_are_found_again(person: Person) -> None:
    """`logs` finds by name, group, glob, time, pattern and level, as text and as JSON, with and without a house."""
    person.save(
        "stack.py",
        "from homeport import Stack\nstack = Stack('talk')\n"
        f"for name in ('chat-a', 'chat-b', 'other'):\n"
        f"    stack.service(name, run=f'echo hello from {{name}}; echo ERROR {{name}} broke; {LOOP}',\n"
        "        groups=['talkers'] if name == 'other' else [])\n",
    )
    person.type("up", "-d")
    for name in ("chat-a", "chat-b", "other"):
        person.line(name, "broke")
    assert "other" not in person.type("logs", "chat-*").out
    assert "chat" not in person.type("logs", "talkers").out
    assert person.type("logs", "--grep", "hello from").out.count("hello from") == 3
    assert "hello" not in person.type("logs", "--level", "error").out
    assert person.type("logs", "--since", "10m").out.count("broke") == 3
    person.type("logs", "othr", exits=2)
    lines = [json.loads(line) for line in person.type("logs", "other", "--json").out.splitlines()]
    assert [line["text"] for line in lines if line["stream"] != "note"] == ["hello from other", "ERROR other broke"]
    assert [node["name"] for node in json.loads(person.type("status", "chat-*", "--json").out)["nodes"]] == [
        "chat-a",
        "chat-b",
    ]
    person.leave()
    assert person.type("logs", "--tail", "1", "other").out.count("\n") == 1


def test_a_follower_sees_the_next_run(person: Person) -> None:
    """`logs -f` goes on over a restart, and groups and globs restart together."""
    person.save(
        "stack.py",
        "from homeport import Stack\nstack = Stack('again')\n"
        f"stack.service('a', run='echo run number $(wc -l < count); echo x >> count; {LOOP}')\n",
    )
    person.save("count", "")
    person.type("up", "-d")
    person.line("a", "run number 0")
    with person.begin("logs", "-f", "a", "--grep", "run number") as logs:
        assert logs.stdout
        try:
            assert "run number 0" in logs.stdout.readline()
            person.type("restart", "a*")
            assert "run number 1" in logs.stdout.readline()
        finally:
            logs.terminate()
    assert person.type("exec", "a", "--", "sh", "-c", "exit 7", exits=7).out == ""


def test_a_terminal_of_its_own(person: Person) -> None:
    """With tty=True a program has a terminal; without, it has none."""
    person.save(
        "stack.py",
        "from homeport import Stack\nstack = Stack('window')\n"
        f"run = 'test -t 1 && echo a terminal || echo a pipe; {LOOP}'\n"
        "stack.service('with', run=run, tty=True)\nstack.service('without', run=run)\n",
    )
    person.type("up", "-d")
    assert "a terminal" in person.line("with", "^a ")
    assert "a pipe" in person.line("without", "^a ")


def test_everything_that_was_printed_is_there(person: Person) -> None:
    """Of a big output nothing is lost, nor is half a line at its end."""
    person.save(
        "stack.py",
        "from homeport import Stack\nstack = Stack('loud')\nstack.task('loud', run='seq 100000; printf half')\n",
    )
    person.type("up", "-d")
    person.line("loud", "half")
    lines = [json.loads(line)["text"] for line in person.type("logs", "--tail", "200000", "--json").out.splitlines()]
    assert [line for line in lines if line.isdigit()] == [str(number) for number in range(1, 100001)]
