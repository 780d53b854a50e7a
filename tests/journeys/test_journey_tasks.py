"""Tasks, builds and options: what runs again, what is skipped, and what a failure leaves running."""

from person import Person, pid

LOOP = "while :; do sleep 60; done"


def test_a_task_runs_again_for_new_inputs_only(person: Person) -> None:
    """A task is skipped while its inputs are the same, over later ups too, and runs again when one is saved."""
    person.save("numbers.txt", "1\n")
    person.save(
        "stack.py",
        "from homeport import Stack\nstack = Stack('counting')\n"
        "count = stack.task('count', run='echo run >> runs; cat numbers.txt', inputs=['numbers.txt'])\n"
        f"stack.service('after', run={LOOP!r}, needs=[count])\n",
    )
    runs = person.folder / "runs"
    person.type("up", "-d")
    person.leave()
    person.type("up", "-d")
    assert runs.read_text() == "run\n"
    assert "nothing changed" in person.node("count").detail
    before = pid(person.node("after"))
    person.save("numbers.txt", "2\n")
    assert person.line("count", "^2$")
    nodes = person.until(lambda nodes, _: nodes["count"].state == "completed")
    assert runs.read_text() == "run\nrun\n"
    assert pid(nodes["after"]) == before


def test_a_failed_build_keeps_the_program(person: Person) -> None:
    """When a build fails, the running program stays and status shows the compiler's last lines; mended, it is replaced."""
    person.save("main.c", "good\n")
    person.save(
        "stack.py",
        "from homeport import Stack\nstack = Stack('compiled')\n"
        "make = stack.build('make', run='! grep -n bad main.c', inputs=['main.c'])\n"
        f"stack.service('program', run={LOOP!r}, build=[make])\n",
    )
    person.type("up", "-d")
    before = pid(person.node("program"))
    person.save("main.c", "bad apple\n")
    nodes = person.until(lambda nodes, _: nodes["make"].state == "failed")
    assert nodes["program"].state == "ready"
    assert pid(nodes["program"]) == before
    assert "1:bad apple" in person.type("status").out
    person.save("main.c", "good again\n")
    person.restarted("program", before)


def test_a_button_takes_arguments(person: Person) -> None:
    """A manual task waits for its trigger, and gets what follows the two dashes."""
    person.save(
        "stack.py",
        "from homeport import Stack\nstack = Stack('buttons')\n"
        "stack.task('say', run=['echo', 'said:'], args=['nothing'], manual=True)\n"
        f"stack.service('loop', run={LOOP!r})\n",
    )
    person.type("up", "-d")
    assert person.node("say").state == "stopped"
    person.type("trigger", "say", "--", "two words", "--flag")
    assert "said: two words --flag" in person.line("say", "said")
    person.type("wait", "say", "--for", "completed", "--timeout", "20s")
    person.type("trigger", "say")
    person.until(lambda nodes, _: nodes["say"].state == "completed" and nodes["say"].restarts >= 1)
    assert person.type("logs", "say").out.count("two words --flag") == 2


def test_options_are_given_and_remembered(person: Person) -> None:
    """`--set` and `args` give options, which are remembered; a wrong value and an unknown name are refused."""
    person.save(
        "stack.py",
        "from homeport import Stack\nstack = Stack('choosy')\n"
        "size = stack.option('size', default=1, help='How many.')\n"
        f"stack.service('loop', run=f'echo size is {{size}}; {LOOP}')\n",
    )
    person.type("up", "-d", "--set", "size=2")
    assert "size is 2" in person.line("loop", "size is")
    before = pid(person.node("loop"))
    person.type("args", "size=3")
    person.restarted("loop", before)
    assert "size is 3" in person.line("loop", "size is 3")
    person.leave()
    person.type("up", "-d")
    assert person.type("logs", "loop").out.count("size is 3") == 2
    assert "size" in person.type("args", "size=many", exits=2).err
    assert "size" in person.type("args", "sise=4", exits=2).err
    assert "size" in person.type("args").out
