r"""What a ``.env`` file says, and what is said about a broken one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.kit.dotenv import Unreadable, parse

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("\n # comment\n\n", {}),
        ("A=1\nB = two words \n", {"A": "1", "B": "two words"}),
        ("export A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        ("A=\nB", None),
        ("A=x#y # comment\nB=#none", {"A": "x#y", "B": ""}),
        ("A='$x ${B} \\n # no' # yes", {"A": "$x ${B} \\n # no"}),
        ('A="a\\n\\t\\"b\\" \\\\ \\$x \\z"', {"A": 'a\n\t"b" \\ $x \\z'}),
        ('A="line 1\nline 2"\nB=3', {"A": "line 1\nline 2", "B": "3"}),
        ("A='line 1\nline 2'", {"A": "line 1\nline 2"}),
        ("A=1\nB=${A}2\nC=\"${B}\"\nD='${B}'", {"A": "1", "B": "12", "C": "12", "D": "${B}"}),
        ("A=${HOME}/x ${NONE} ${NONE:-def} ${EMPTY:-def} ${HOME:-def}", {"A": "/h/x  def def /h"}),
        ('A="\\${HOME} $HOME"', {"A": "${HOME} $HOME"}),
        ("A=1\nA=2", {"A": "2"}),
        ("A.b-c=1", {"A.b-c": "1"}),
        ("\ufeffA=ü", {"A": "ü"}),
        ("URL=postgres://u:p@h/db?x=1", {"URL": "postgres://u:p@h/db?x=1"}),
    ],
)
def test_values(text: str, values: dict[str, str] | None) -> None:
    """Every accepted form has one meaning, and a name without "=" is a mistake."""
    if values is None:
        with pytest.raises(Unreadable):
            parse(text.encode())
    else:
        assert parse(text.encode(), {"HOME": "/h", "EMPTY": ""}) == values


@pytest.mark.parametrize(
    ("data", "line", "column", "what"),
    [
        (b"A=1\n\xff=2", 2, 1, "byte 0xff is not UTF-8"),
        ("A=1\nB=äö".encode() + b"\xe9\n", 2, 5, "byte 0xe9 is not UTF-8"),
        (b"A=1\n  1B=2", 2, 3, "a name is expected"),
        (b"A 1", 1, 3, '"=" is expected after the name$'),
        (b"A=1\nB='open\nC=2", 2, 3, "the single quote is never closed"),
        (b'A="open\\"', 1, 3, "the double quote is never closed"),
        (b'A="x" y', 1, 7, "nothing but a comment"),
        (b"A=a\0b", 1, 4, "NUL"),
    ],
)
def test_mistakes_have_their_place(data: bytes, line: int, column: int, what: str) -> None:
    """A mistake tells line and column, and what was expected."""
    with pytest.raises(Unreadable, match=what) as caught:
        parse(data)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_errors_never_show_values() -> None:
    """The sentence of a mistake holds no value of the file."""
    with pytest.raises(Unreadable) as caught:
        parse(b"PASSWORD='canary1234' canary1234\n")
    assert "canary1234" not in str(caught.value)


@given(st.dictionaries(st.from_regex(r"[A-Z_][A-Z0-9_]*", fullmatch=True), _TEXT))
def test_quoted_values_come_back(values: dict[str, str]) -> None:
    """Whatever is escaped between double quotes comes back as it was."""
    escaped = {"\\": "\\\\", '"': '\\"', "$": "\\$", "\r": "\\r"}
    rows = [f'{name}="{"".join(escaped.get(sign, sign) for sign in value)}"' for name, value in values.items()]
    assert parse("\n".join(rows).encode()) == values


@given(st.binary())
def test_garbage_ends_in_a_place(data: bytes) -> None:
    """Any bytes are either values or one mistake with a place inside the file."""
    place = (1, 1)
    try:
        parse(data)
    except Unreadable as error:
        place = (error.line, error.column)
    assert 1 <= place[0] <= data.count(b"\n") + 1
    assert place[1] >= 1
