"""What functions changed, laid over another rendering."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from homeport.render.differences import changed, difference, filled

scalars = st.one_of(st.text("ab"), st.integers(2, 5), st.booleans())
named = st.lists(st.fixed_dictionaries({"name": st.sampled_from("abcd")}, optional={"x": scalars, "y": st.lists(scalars)}),
                 unique_by=lambda each: each["name"], max_size=4)  # fmt: skip
values = st.recursive(
    st.one_of(scalars, named),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("pqr"), inner, max_size=3)),
    max_leaves=10,
)
objects = st.dictionaries(st.sampled_from("pqrst"), values, max_size=4)


@given(objects, objects)
def test_a_change_leads_from_one_to_the_other(old: dict[str, Any], new: dict[str, Any]) -> None:
    """What was changed, laid over what it was made from, is what it became."""
    assert changed(old, difference(old, new)) == new


@given(objects)
def test_nothing_changed_is_nothing(made: dict[str, Any]) -> None:
    """No change is an empty one, which changes no other object."""
    assert difference(made, made) == {}
    assert changed({"other": [1]}, {}) == {"other": [1]}


def test_named_members_keep_what_the_other_rendering_says() -> None:
    """A change of one container's variable leaves its image and the other variables to the place."""
    old = {
        "containers": [
            {"name": "a", "image": "word", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
        ]
    }
    new = {
        "containers": [
            {"name": "a", "image": "word", "env": [{"name": "A", "value": "9"}, {"name": "C", "value": "3"}]}
        ]
    }
    there = {"containers": [{"name": "a", "image": "real", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"},
                                                                   {"name": "S", "value": "5"}]}]}  # fmt: skip
    (found,) = changed(there, difference(old, new))["containers"]
    assert found["image"] == "real"
    assert {each["name"]: each["value"] for each in found["env"]} == {"A": "9", "C": "3", "S": "5"}


def test_what_is_appended_stays_at_the_end() -> None:
    """Arguments that were added stand after those of the other rendering."""
    assert changed(["x", "y", "z"], difference(["x"], ["x", "--debug"])) == ["x", "y", "z", "--debug"]


def test_words_are_filled_wherever_they_stand() -> None:
    """A word for a value is replaced in texts at any depth, also within them."""
    change = {"a": ["host.WORD.svc", {"b": "WORD"}], "n": 1}
    assert filled(change, {"WORD": "team"}) == {"a": ["host.team.svc", {"b": "team"}], "n": 1}
