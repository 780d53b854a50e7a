"""YAML that every reader takes for the same."""

import math
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from homeport.render.emit import document, documents

TRICKY = ("", "0644", "yes", "No", "on", "y", "null", "~", "1e3", "1_000", "12:30:00", "2026-11-21", "0x1f", "0b1", ".5", ".inf",
          "<<", "=", "-", "- a", "? a", "a: b", "a:", "a #b", "#a", "&a", "*a", "!a", "%a", "@a", "`a", "{a}", "[a]", "a,b",
          "'a'", '"a"', "\\", " a", "a ", "\ta", "a\tb", "a\n", "\na", "a\n\n", "\n", "a\n b", " a\nb", "a\n\tb", "a\r\nb",
          "a\x85b", "\u2028", "\x00", "\x1b[0m", "\ufeff", "\U0001f600", "é", "---", "...", "--- a\n", "a\n---\n", "a\n...\nb",
          "True", "NULL", "|", ">", "nginx:1", "http://a:1/b?c=d", "/bin/sh",
          "a: b\nc: d\n", "a \nb \n", "a\n  \nb")  # fmt: skip
"""Texts that some reader takes for something else."""

texts = st.one_of(st.sampled_from(TRICKY), st.text(st.characters(exclude_categories=["Cs"])))
values = st.recursive(
    st.one_of(texts, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.CSafeLoader])
@pytest.mark.parametrize("text", TRICKY, ids=repr)
def test_a_text_stays_a_text(text: str, loader: Any) -> None:
    """Whatever looks like a number, a date, a truth value or syntax is read as the text that it was, key or value."""
    made = {text: text, "list": [text, {text: [text]}], "deep": {"er": {"est": text}}}
    assert yaml.load(document(made), loader) == made


@given(st.dictionaries(texts, values, max_size=5))
def test_what_is_read_again_is_the_same(made: dict[str, Any]) -> None:
    """Any plain data is read as it was written."""
    assert yaml.load(document(made) if made else "{}", yaml.CSafeLoader) == made


def test_several_documents_stay_several() -> None:
    """Documents are told apart, whatever is in them."""
    made = [{"a": "---\n"}, {"b": "---"}, {"c": ["..."]}]
    assert list(yaml.load_all(documents(made), yaml.CSafeLoader)) == made


@pytest.mark.parametrize("number", [1e100, -1e-7, 0.1, 1.0, math.inf, -math.inf])
def test_a_number_stays_one(number: float) -> None:
    """Numbers with a point are read as such, however large or small."""
    assert yaml.load(document({"n": number}), yaml.CSafeLoader) == {"n": number}


def test_a_text_of_several_lines_is_readable() -> None:
    """Files are shown as they are, not as one line in quotes."""
    assert document({"file": "[a]\n\nb = 1\n"}) == "file: |\n  [a]\n\n  b = 1\n"
