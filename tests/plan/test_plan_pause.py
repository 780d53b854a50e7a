"""Saves that are collected."""

from stage import RULES, Stage, listening, option, ref, service, task

from homeport.plan.views import is_settled


def test_a_paused_service_collects_saves():
    """Paused, saves change nothing but what is told; resumed, they are one restart."""
    stage = Stage(listening("api", reload=RULES), paused=frozenset({"api"}))
    stage.settle()
    for _ in range(3):
        stage.save("api")
        stage.settle()
    assert stage.run("api").number == 1
    assert stage.decision("api").stale == "paused: changes wait"
    assert stage.decision("api").ready
    stage.wish(paused=frozenset())
    stage.settle()
    assert stage.run("api").number == 2


def test_a_restart_by_hand_acts_under_a_pause():
    """A pause holds saves, not people; the restart takes the saves with it."""
    stage = Stage(listening("api", reload=RULES), all_paused=True)
    stage.settle()
    stage.save("api")
    stage.turn("api")
    stage.settle()
    assert stage.run("api").number == 2
    assert stage.decision("api").stale == ""


def test_a_save_does_not_end_the_backoff_under_a_pause():
    """Collected saves do not act on a resting service either."""
    stage = Stage(service("api", reload=RULES), all_paused=True)
    stage.settle()
    stage.crash("api")
    stage.save("api")
    assert stage.state("api") == "restarting"
    stage.pass_time(1)
    assert (stage.run("api").number, stage.run("api").crashes) == (2, 1)


def test_a_paused_task_collects_saves():
    """A paused task stays completed on its old inputs and says that changes wait."""
    stage = Stage(task("install", inputs=RULES), listening("web", "install"), all_paused=True)
    stage.settle()
    stage.files = "files-2"
    stage.save("install")
    stage.settle()
    assert stage.started == ["install", "web.0"]
    assert stage.state("install") == "completed"
    assert stage.decision("install").stale == "paused: changes wait"
    stage.wish(all_paused=False)
    stage.settle()
    assert stage.started == ["install", "web.0", "install"]


def test_a_paused_build_does_not_restart_its_service():
    """What a paused service runs on may be built again; the service waits for the resume."""
    stage = Stage(
        task("compile", build=True, inputs=RULES), listening("api", builds=("compile",)), paused=frozenset({"api"})
    )
    stage.settle()
    stage.files = "files-2"
    stage.save("compile")
    stage.settle()
    assert (stage.run("compile").number, stage.run("api").number) == (2, 1)
    stage.wish(paused=frozenset())
    stage.settle()
    assert stage.run("api").number == 2


def test_the_stack_file_is_not_read_again_while_everything_is_paused():
    """A saved stack file waits for the resume; an option that a person gives does not."""
    stage = Stage(option("mode", "x"), service("api", env={"MODE": ref("mode", "value")}), all_paused=True)
    stage.settle()
    stage.save("")
    assert ("file", "", 0) not in stage.plan().jobs
    stage.wish(options={"mode": "y"})
    assert ("file", "", 0) in stage.plan().jobs
    stage.settle()
    stage.wish(all_paused=False)
    assert ("file", "", 0) in stage.plan().jobs


def test_collected_saves_are_not_on_their_way():
    """Who waits for the house to come to rest does not wait for a resume."""
    stage = Stage(listening("api", reload=RULES), all_paused=True)
    stage.settle()
    stage.save("api")
    assert is_settled(stage.settle())


def test_crashes_are_retried_under_a_pause():
    """A pause is about saves: what crashes is started again."""
    stage = Stage(service("api"), all_paused=True)
    stage.settle()
    stage.crash("api")
    stage.pass_time(1)
    assert stage.run("api").number == 2


def test_scaling_acts_under_a_pause():
    """A person who asks for a second replica gets it: the first one moves to a port of its own, paused or not."""
    stage = Stage(listening("api"), all_paused=True)
    stage.settle()
    stage.wish(replicas={"api": 2})
    stage.settle()
    assert stage.decision("api").ready
    assert len(stage.see.alive("api")) == 2
