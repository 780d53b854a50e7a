"""Durations, sizes, suggestions and order."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.kit import durations, sizes
from homeport.kit.suggest import closest, did_you_mean
from homeport.kit.topology import cycles, ordered


@pytest.mark.parametrize(
    ("said", "seconds"), [("30s", 30), ("250ms", 0.25), ("1m30s", 90), ("2h", 7200), ("5", 5), (0.5, 0.5)]
)
def test_durations(said, seconds):
    """A duration is a text with units, or plain seconds."""
    assert durations.seconds(said) == seconds


@pytest.mark.parametrize("said", ["", "soon", "5 fortnights", "-1s", -1, True, None, [], float("nan"), float("inf")])
def test_what_is_no_duration(said):
    """Anything else is told with what was expected."""
    with pytest.raises(ValueError, match="expected seconds"):
        durations.seconds(said)


@given(st.integers(1, 100_000))
def test_a_spelt_duration_reads_back(length):
    """What is shown can be written."""
    assert durations.seconds(durations.spell(length)) == length


@pytest.mark.parametrize(
    ("said", "count"), [("512Mi", 2**29), ("1G", 10**9), ("1.5k", 1500), ("7", 7), (7, 7), ("5GiB", 5 * 2**30)]
)
def test_sizes(said, count):
    """A size is a text with units, or plain bytes."""
    assert sizes.byte_count(said) == count


@pytest.mark.parametrize("said", ["", "big", "-1", -1, True, 1.5, None])
def test_what_is_no_size(said):
    """Anything else is told with what was expected."""
    with pytest.raises(ValueError, match="expected bytes"):
        sizes.byte_count(said)


def test_suggestions():
    """The closest name is asked for; without one a short list is given."""
    assert closest("redy", ["ready", "live"]) == "ready"
    assert closest("zzz", ["ready", "live"]) is None
    assert did_you_mean("Redy", ["ready", "live"]) == 'did you mean "ready"?'
    assert did_you_mean("zzz", ["b", "a"]) == 'known: "a", "b"'
    assert did_you_mean("zzz", [], "nothing") == "nothing"


def test_the_road_of_a_cycle():
    """A road begins and ends with the same name, and every circle is told once."""
    assert list(cycles({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"], "e": ["e"]})) == [
        ("a", "b", "c", "a"),
        ("e", "e"),
    ]
    assert list(cycles({"a": ["b", "c"], "b": ["c"], "c": []})) == []


def test_a_long_chain_is_no_problem():
    """The depth of a graph is not bounded by Python's own."""
    chain = {str(n): [str(n + 1)] for n in range(20_000)}
    assert ordered(chain)[0] == "20000"


@given(st.dictionaries(st.integers(0, 9).map(str), st.lists(st.integers(0, 9).map(str), max_size=4), max_size=10))
def test_order_or_cycle(edges):
    """Either there is a cycle, whose steps are edges, or every name comes after what it needs."""
    roads = list(cycles(edges))
    if roads:
        assert all(after in edges[before] for road in roads for before, after in itertools.pairwise(road))
        return
    place = {name: number for number, name in enumerate(ordered(edges))}
    assert all(place[needed] < place[name] for name, needs in edges.items() for needed in needs)
