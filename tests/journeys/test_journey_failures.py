"""What goes wrong, what is told about it, and what people hold back."""

from person import Person, pid

LOOP = "while :; do sleep 60; done"


def test_a_crash_is_retried_and_explained(person: Person) -> None:
    """A crash is retried with backoff; `why` leads who waits for it down to its last lines; a save ends the backoff."""
    person.save("mood", "bad\n")
    person.save(
        "stack.py",
        "from homeport import Stack, restart\nstack = Stack('moody')\n"
        "base = stack.service('base', run='grep -v bad mood || { echo cannot go on; exit 7; }; "
        f"{LOOP}', reload=['mood'], restart=restart(first=600, longest=600))\n"
        f"stack.service('top', run={LOOP!r}, needs=[base])\n",
    )
    person.type("up", "-d", "--timeout", "1s", exits=5)
    base = person.until(lambda nodes, _: nodes["base"].state == "restarting")["base"]
    assert "exit code 7" in base.detail
    said = person.type("why", "top").out
    assert "base" in said
    assert "cannot go on" in said
    person.save("mood", "good\n")
    person.type("wait", "top", "--timeout", "20s")


def test_a_signal_is_told_by_name(person: Person) -> None:
    """Who is ended by a signal is told by its name."""
    person.save(
        "stack.py",
        "from homeport import Stack, restart\nstack = Stack('fatal')\n"
        "stack.service('self', run='kill -SEGV $$', restart=restart('never'))\n",
    )
    person.type("up", "-d", exits=1)
    assert "SIGSEGV" in person.type("status").out


def test_a_program_that_ends_at_once_is_not_ready(person: Person) -> None:
    """A service that ends with exit code 0 at once is never shown as ready; the third end in a row ends the wait."""
    person.save("stack.py", "from homeport import Stack\nstack = Stack('brief')\nstack.service('brief', run='true')\n")
    told = person.type("up", "-d", exits=1).out
    assert "brief is ready" not in told
    assert "it ended 3 times in a row (exit code 0)" in told
    assert person.node("brief").state in ("restarting", "starting")


def test_disabled_is_remembered(person: Person) -> None:
    """`disable` ends a service and its dependents wait; it stays so over a new up; `enable` starts it."""
    person.save(
        "stack.py",
        "from homeport import Stack\nstack = Stack('switches')\n"
        f"a = stack.service('a', run={LOOP!r})\nstack.service('b', run={LOOP!r}, needs=[a])\n",
    )
    person.type("up", "-d")
    person.type("disable", "a")
    person.until(lambda nodes, _: nodes["a"].state == "disabled" and pid(nodes["a"]) is None)
    person.leave()
    person.type("up", "-d", exits=1)
    nodes = person.until(lambda nodes, _: nodes["b"].state == "waiting")
    assert nodes["a"].state == "disabled"
    assert "a" in person.type("why", "b").out
    person.type("enable", "a")
    person.type("wait", "--timeout", "20s")


def test_saves_are_collected_while_paused(person: Person) -> None:
    """`pause` collects saves without acting, `resume` acts on them; `up --manual` begins so."""
    person.save("code", "1\n")
    person.save(
        "stack.py",
        f"from homeport import Stack\nstack = Stack('paused')\nstack.service('a', run={LOOP!r}, reload=['code'])\n",
    )
    person.type("up", "-d", "--manual")
    before = pid(person.node("a"))
    person.save("code", "2\n")
    person.until(lambda nodes, _: nodes["a"].stale)
    assert pid(person.node("a")) == before
    person.type("resume")
    before = pid(person.restarted("a", before))
    person.type("pause", "a")
    person.save("code", "3\n")
    person.until(lambda nodes, _: nodes["a"].stale)
    assert pid(person.node("a")) == before
    person.type("resume", "a")
    person.restarted("a", before)


def test_up_joins_a_house_whose_file_is_broken(person: Person) -> None:
    """A broken file is told by the house that runs, which goes on: `up -d` joins it as `up` does."""
    sound = f"from homeport import Stack\nstack = Stack('joined')\nstack.service('a', run={LOOP!r})\n"
    person.save("stack.py", sound)
    person.type("up", "-d")
    before = pid(person.node("a"))
    person.save("stack.py", sound + "stack.service('b', run='true', nedes=[])\n")
    person.until(lambda _, frame: bool(frame.file_error))
    told = person.type("up", "-d")
    assert "The stack file is broken; what runs goes on as it was:" in told.out
    assert "nedes" in told.out
    assert "--last-good" not in told.out + told.err
    assert pid(person.node("a")) == before
