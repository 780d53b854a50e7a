"""A guardian that is alive and silent is given up, one that is slow is not."""

import asyncio

from homeport.adapters.process.pulse import SILENCE, Pulse
from homeport.aio.virtual import run_virtually


class Ward:
    """Somebody whose pulse is felt: ``answers`` when asked, and ``late`` while something is overdue."""

    def __init__(self, *, answers: bool, late: bool = True) -> None:
        self.answers = answers
        self.late = late
        self.asked: list[float] = []
        self.given_up: list[float] = []
        self.pulse = Pulse(lambda: self.late, self._ask, self._give_up)

    def _ask(self) -> None:
        self.asked.append(asyncio.get_running_loop().time())
        if self.answers:
            asyncio.get_running_loop().call_later(1, self.pulse.heard)

    def _give_up(self) -> None:
        self.given_up.append(asyncio.get_running_loop().time())


def felt(ward: Ward, *expected: float, minutes: float = 1) -> Ward:
    """Return the ward after some time in which something was expected after so many seconds."""

    async def live() -> None:
        for seconds in expected:
            ward.pulse.expect(seconds)
        await asyncio.sleep(minutes * 60)
        ward.pulse.rest()

    run_virtually(live())
    return ward


def test_the_silent_is_given_up() -> None:
    """Once, after what was expected is overdue and a question had no answer."""
    ward = felt(Ward(answers=False), 8)
    assert (ward.asked, ward.given_up) == ([8], [8 + SILENCE])


def test_the_slow_is_asked_again() -> None:
    """Whoever answers has another reason to be late, and is left alone."""
    ward = felt(Ward(answers=True), 8)
    assert ward.given_up == []
    assert len(ward.asked) > 2


def test_nobody_is_asked_who_is_not_late() -> None:
    """What was expected has come: nothing happens."""
    ward = felt(Ward(answers=False, late=False), 8)
    assert (ward.asked, ward.given_up) == ([], [])


def test_the_earliest_expectation_counts() -> None:
    """A later one does not put off the look, an earlier one brings it forward."""
    assert felt(Ward(answers=False), 8, 20, 2).asked == [2]


def test_impatience_puts_no_verdict_off() -> None:
    """Whoever expects something again and again while an answer is awaited changes nothing."""
    ward = Ward(answers=False)

    async def live() -> None:
        for _ in range(100):
            ward.pulse.expect(1)
            await asyncio.sleep(0.1)
        ward.pulse.rest()

    run_virtually(live())
    assert ward.given_up == [1 + SILENCE]
