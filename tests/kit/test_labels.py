"""DNS labels."""

import pytest

from homeport.kit.labels import LONGEST, is_label


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a", True),
        ("0-a", True),
        ("a" * LONGEST, True),
        ("a" * (LONGEST + 1), False),
        ("", False),
        ("-a", False),
        ("a-", False),
        ("A", False),
        ("a.b", False),
        ("a_b", False),
        ("a\n", False),
    ],
)
def test_a_label_is_what_every_name_of_a_host_may_hold(text: str, fits: bool) -> None:
    """Lower-case letters, digits and dashes, at most 63, a letter or digit at both ends."""
    assert is_label(text) is fits
