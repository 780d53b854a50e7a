"""The same journeys without what only Linux has: HOMEPORT_PORTABLE=1 selects the second implementations."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import test_journey_failures as failures
import test_journey_logs as logs
import test_journey_places as places
import test_journey_tasks as tasks
from person import Person

pytest.importorskip("watchfiles", reason="the portable watcher needs watchfiles: pip install 'homeport[portable]'")

LOOP = "while :; do sleep 60; done"
JOURNEYS = [
    tasks.test_a_task_runs_again_for_new_inputs_only,
    tasks.test_a_failed_build_keeps_the_program,
    tasks.test_a_button_takes_arguments,
    failures.test_a_crash_is_retried_and_explained,
    failures.test_a_signal_is_told_by_name,
    failures.test_saves_are_collected_while_paused,
    logs.test_a_terminal_of_its_own,
    logs.test_everything_that_was_printed_is_there,
    places.test_children_have_default_signals,
    places.test_a_closed_window_ends_everything,
]


@pytest.fixture
def portable(
    tmp_path: Path, settle: Callable[..., Person], leaving: Callable[[Person], Iterator[Person]]
) -> Iterator[Person]:
    """Give a person whose Homeport does without what only Linux has."""
    yield from leaving(settle(tmp_path / "stack", HOMEPORT_PORTABLE="1"))


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.__name__.removeprefix("test_"))
def test_it_is_the_same(portable: Person, journey: Callable[[Person], None]) -> None:
    """What holds on Linux holds without its specials."""
    journey(portable)


def test_a_killed_engine_leaves_nothing(portable: Person) -> None:
    """After kill -9 of the engine everything is gone in five seconds, and the next `up` works."""
    portable.save(
        "stack.py",
        "from homeport import Stack\nstack = Stack('orphans')\n"
        f"stack.service('a', run='sh -c \"{LOOP}\" & wait')\nstack.service('b', run={LOOP!r})\n",
    )
    portable.type("up", "-d")
    os.kill(portable.frame().pid, signal.SIGKILL)
    portable.find_nothing()
    portable.type("up", "-d")
