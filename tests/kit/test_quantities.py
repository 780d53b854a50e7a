"""Quantities mean what they mean in Kubernetes."""

import pytest

from homeport.kit.quantities import amount


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("250m", 0.25),
        ("2", 2),
        ("0.5", 0.5),
        ("512Mi", 512 * 2**20),
        ("1G", 10**9),
        ("1e3", 1000),
        ("128974848", 128974848),
    ],
)
def test_a_quantity_is_a_number(text: str, number: float) -> None:
    """With a suffix of tens, of twos, or an exponent."""
    assert amount(text) == number


@pytest.mark.parametrize("text", ["", "lots", "5 Mi", "-1", "1X"])
def test_anything_else_is_none(text: str) -> None:
    """The error says what was expected."""
    with pytest.raises(ValueError, match="expected a number with a suffix"):
        amount(text)
