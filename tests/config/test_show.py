"""Mistakes as text."""

from homeport.config.findings import Finding
from homeport.config.show import show
from homeport.config.spots import locate
from homeport.model.errors import Mistake


def test_the_caret_stands_below_its_letters():
    """Columns count characters from 1; tabs before the caret stay tabs."""
    mistake = Mistake("wrong", "/r/stack.py", 7, 3, 5, '\t"é" x', "mend it")
    assert show([mistake], root="/r") == 'wrong\n  --> stack.py:7:3\n  7 | \t"é" x\n    | \t ^^\n  try: mend it'


def test_bytes_become_characters():
    """Python tells columns in UTF-8 bytes; the caret counts letters."""
    source = 'é = f("ééé", port=0)\n'
    found = locate(Finding("wrong", file="f", line=1, span=(1, 1, 5, 24), argument="port"), source)
    assert (found.column, found.end) == (19, 20)


def test_a_source_that_cannot_be_read_has_no_caret():
    """Without its source a mistake still has its place."""
    assert locate(Finding("wrong", file="f", line=3), None) == Mistake("wrong", "f", 3)


def test_a_place_beyond_the_source_is_survived():
    """A file that was changed meanwhile gives a place without a line."""
    assert locate(Finding("wrong", file="f", line=9), "a\n").source == ""
