"""The wall clock of a house: people may set the machine's clock as they like."""

from hypothesis import given
from hypothesis import strategies as st

from homeport.kit.steady import SteadyWall

DAY = 86400.0


class Machine:
    """A machine whose clock can be set."""

    def __init__(self) -> None:
        self.monotonic = 100.0
        self.wall = 1_000_000_000.0

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self.monotonic += seconds
        self.wall += seconds

    def steady(self) -> SteadyWall:
        """Return its steady clock."""
        return SteadyWall(lambda: self.monotonic, lambda: self.wall)


def test_a_clock_that_nobody_sets_is_told_as_it_is():
    """Without jumps it is the machine's time."""
    machine = Machine()
    steady = machine.steady()
    machine.passes(12.5)
    assert steady() == machine.wall


def test_a_jump_forward_is_followed_at_once():
    """A machine that slept, or was wrong, is right from then on."""
    machine = Machine()
    steady = machine.steady()
    machine.wall += DAY
    assert steady() == machine.wall


def test_a_jump_back_is_caught_up_at_half_pace():
    """Set back by ten minutes it is right again after twenty, and was later all the time."""
    machine = Machine()
    steady = machine.steady()
    began = steady()
    machine.wall -= 600
    machine.passes(600)
    assert steady() == began + 300
    machine.passes(601)
    assert steady() == machine.wall


@given(st.lists(st.tuples(st.floats(0, DAY), st.floats(-DAY, DAY))))
def test_it_never_goes_back(steps: list[tuple[float, float]]):
    """Whatever happens to the machine's clock."""
    machine = Machine()
    steady = machine.steady()
    told = [steady()]
    for seconds, jump in steps:
        machine.passes(seconds)
        machine.wall += jump
        told.append(steady())
    assert told == sorted(told)
