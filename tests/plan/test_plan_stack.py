"""Decisions about the stack file: when it is read again."""

from stage import Stage, service

from homeport.model.errors import Mistake
from homeport.model.facts import Evaluated
from homeport.model.instants import SECOND
from homeport.model.plan import Evaluate
from homeport.plan.views import is_settled

KEY = ("file", "", 0)


def due(stage: Stage) -> Evaluate | None:
    """Return the evaluation that is wanted now."""
    job = stage.plan().jobs.get(KEY)
    assert job is None or isinstance(job, Evaluate)
    return job


def fail(stage: Stage) -> None:
    """Let the wanted evaluation fail because this machine ran short of something."""
    job = due(stage)
    assert job is not None
    stage.put(KEY, Evaluated(job.identity, (Mistake("too few"),), short=job.short + 1, at=stage.now))


def test_an_evaluation_that_this_machine_had_no_room_for_is_tried_again():
    """The pauses grow up to half a minute, every try is a job of its own, and success ends them without another save."""
    stage = Stage(service("api"))
    stage.pass_time(60)
    stage.save("")
    pauses, identities = [], set()
    for _ in range(7):
        identities.add(due(stage).identity)
        fail(stage)
        answer = stage.plan()
        assert due(stage) is None
        assert not is_settled(answer)
        pauses.append((answer.wake - stage.now) / SECOND)
        stage.now = answer.wake
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    assert len(identities) == 7
    assert is_settled(stage.settle())
    assert (due(stage), stage.plan().wake) == (None, None)


def test_a_save_does_not_wait_for_the_next_try():
    """Another save is read at once, with pauses of its own."""
    stage = Stage(service("api"))
    stage.pass_time(60)
    for _ in range(3):
        stage.save("")
        fail(stage)
        assert stage.plan().wake == stage.now + SECOND


def test_a_broken_file_is_not_tried_again():
    """What is wrong in the file itself waits for a save."""
    stage = Stage(service("api"))
    stage.pass_time(60)
    stage.save("")
    stage.put(KEY, Evaluated(due(stage).identity, (Mistake("no such service"),), at=stage.now))
    assert (due(stage), stage.plan().wake) == (None, None)
