"""Requests fold into wishes."""

from homeport.model.wishes import Wishes
from homeport.server import turns


def test_a_restart_raises_the_turn() -> None:
    """Two restarts are two turns."""
    assert turns.restart(["a"])(turns.restart(["a", "b"])(Wishes())).turns == {"a": 2, "b": 1}


def test_a_trigger_undoes_a_disable_but_does_not_switch_a_button_on() -> None:
    """A task that is triggered runs once; it does not begin to run at every start."""
    assert turns.trigger(["t"], None)(Wishes(enabled={"t": False, "x": False})).enabled == {"x": False}
    assert turns.trigger(["t"], None)(Wishes()).enabled == {}


def test_a_triggered_service_is_to_keep_running() -> None:
    """Triggering a service that does not start by itself switches it on."""
    assert turns.trigger(["s"], None, ["s"])(Wishes()).enabled == {"s": True}


def test_arguments_stay_until_others_are_given() -> None:
    """No words after -- leave the arguments alone; an empty list takes them away."""
    wishes = Wishes(args={"t": ("a",)})
    assert turns.trigger(["t"], None)(wishes).args == {"t": ("a",)}
    assert turns.trigger(["t"], ())(wishes).args == {"t": ()}


def test_a_name_that_is_asked_for_joins_the_selection() -> None:
    """`up NAME` on a house that runs a selection adds to it, and switches on what was off."""
    wishes = turns.join(["b"])(Wishes(selected=frozenset({"a"}), enabled={"b": False}))
    assert wishes.selected == {"a", "b"}
    assert wishes.enabled == {"b": True}
    assert turns.join(["b"])(Wishes()).selected is None


def test_resuming_everything_forgets_single_pauses() -> None:
    """After `resume` without a name nothing is paused."""
    assert turns.resume([])(Wishes(paused=frozenset({"a"}), all_paused=True)) == Wishes()
    assert turns.resume(["a"])(Wishes(paused=frozenset({"a", "b"}))).paused == {"b"}
    assert turns.pause([])(Wishes()).all_paused


def test_an_option_that_is_forgotten_has_its_default_again() -> None:
    """Giving and forgetting in one request is possible."""
    assert turns.options({"b": "2"}, ["a"])(Wishes(options={"a": "1"})).options == {"b": "2"}
