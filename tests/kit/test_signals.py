"""Signals by name."""

import pytest

from homeport.kit.signals import signal_name, signal_number


@pytest.mark.parametrize("name", ["SIGTERM", "TERM", "term", "15"])
def test_a_signal_may_be_written_as_people_do(name: str) -> None:
    """With and without SIG, in small letters, as a number."""
    assert signal_number(name) == 15


def test_names_and_numbers_are_inverse() -> None:
    """The name of a number is the number's name."""
    assert signal_number(signal_name(9)) == 9
    assert signal_name(50) == "SIG50"
    assert signal_number("SIG50") == 50


@pytest.mark.parametrize("name", ["SIGNOTHING", "", "99"])
def test_an_unknown_signal_is_an_error_that_names_it(name: str) -> None:
    """The given text is in the sentence."""
    with pytest.raises(ValueError, match=f'"{name}" is not a signal'):
        signal_number(name)
