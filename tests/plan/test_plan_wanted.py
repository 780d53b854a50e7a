"""Which nodes are wanted: the file's, the selected, and what those need."""

from stage import Stage, listening, secret, service, task, tool

from homeport.model.parts import Need


def nodes() -> tuple:
    """Return a small world with every kind of beginning."""
    return (
        tool("node"),
        secret("key"),
        listening("db"),
        listening("api", "db"),
        service("web", "api", tools=("node",)),
        service("admin", "db", starts=False),
        task("seed", "db", manual=True),
        task("compile", build=True),
    )


def alive(stage: Stage) -> set[str]:
    """Return who runs."""
    stage.settle()
    return {name for name in stage.see.graph.nodes if stage.see.alive(name)}


def test_the_file_says_what_starts():
    """Without a selection everything starts but what the file leaves to people."""
    stage = Stage(*nodes())
    assert alive(stage) == {"db", "api", "web"}
    assert stage.states()["admin"] == "stopped"
    assert stage.states()["compile"] == "stopped"


def test_a_selection_brings_what_it_needs_and_nothing_else():
    """``up api`` runs api and db; what nobody selected says how to start it."""
    stage = Stage(*nodes(), selected=frozenset({"api"}))
    assert alive(stage) == {"db", "api"}
    assert stage.decision("web").detail == "not selected; `homeport up web` starts it"
    assert stage.states()["node"] == "stopped"


def test_new_names_join():
    """A wider selection adds and leaves the rest alone."""
    stage = Stage(*nodes(), selected=frozenset({"api"}))
    stage.settle()
    stage.wish(selected=frozenset({"api", "admin"}))
    assert alive(stage) == {"db", "api", "admin"}
    assert stage.run("api").number == 1


def test_disable_stops_one_and_says_so():
    """A disabled service ends; its dependents run on, and a new start of them waits."""
    stage = Stage(*nodes())
    stage.settle()
    stage.slow.add("db")
    stage.wish(enabled={"db": False})
    assert alive(stage) == {"db", "api", "web"}
    assert stage.state("db") == "stopping"
    stage.gone("db")
    assert stage.state("db") == "disabled"
    assert alive(stage) == {"api", "web"}
    stage.crash("api")
    stage.pass_time(10)
    assert stage.decision("api").detail == "waiting for db, which is disabled"


def test_enable_starts_what_the_file_does_not():
    """An enabled service runs although the file leaves it to people; a need of it comes along."""
    stage = Stage(*nodes(), selected=frozenset({"web"}), enabled={"admin": True})
    assert alive(stage) == {"db", "api", "web", "admin"}


def test_who_is_disabled_needs_nothing():
    """What only a disabled node needs does not run."""
    stage = Stage(listening("db", starts=False), service("api", "db"), enabled={"api": False})
    assert alive(stage) == set()


def test_a_trigger_wants_its_task():
    """A trigger runs a task that nothing else wants."""
    stage = Stage(*nodes(), selected=frozenset({"web"}))
    stage.settle()
    stage.turn("seed")
    stage.settle()
    assert "seed" in stage.started


def test_a_need_that_is_not_declared_holds():
    """A need of something that does not exist never releases; the file's check tells it earlier."""
    stage = Stage(service("api", Need("ghost")))
    assert stage.settle().holds["api"].reason == "ghost is not declared"
