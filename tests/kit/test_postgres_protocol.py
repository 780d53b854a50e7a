"""What a Postgres server's first bytes mean."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.kit.postgres_protocol import Answer, judge, startup_message

ASKS_FOR_PASSWORD = b"R" + struct.pack("!II", 8, 10)


def error(code: bytes) -> bytes:
    """Return an error message with this SQLSTATE."""
    fields = b"SFATAL\0VFATAL\0C" + code + b"\0Mthe database system is starting up\0\0"
    return b"E" + struct.pack("!I", len(fields) + 4) + fields


@pytest.mark.parametrize(
    ("received", "answer"),
    [
        (ASKS_FOR_PASSWORD, Answer.ACCEPTING),
        (error(b"57P03"), Answer.STARTING),
        (error(b"28000"), Answer.ACCEPTING),
        (error(b"3D000"), Answer.ACCEPTING),
        (b"", Answer.INCOMPLETE),
        (b"HTTP/1.1 400 Bad Request\r\n", Answer.FOREIGN),
        (b"E" + struct.pack("!I", 2**31), Answer.FOREIGN),
        (b"R\0\0\0\0", Answer.FOREIGN),
    ],
)
def test_the_answer_follows_the_first_message(received, answer):
    """A request for a password or a refusal of this login accepts connections; code 57P03 does not yet."""
    assert judge(received) is answer


@given(st.integers(min_value=0, max_value=len(error(b"57P03")) - 1))
def test_a_part_of_a_message_is_incomplete(length):
    """However an answer is cut, its beginning is no verdict."""
    assert judge(error(b"57P03")[:length]) is Answer.INCOMPLETE


@given(st.binary())
def test_any_bytes_have_an_answer(received):
    """Whatever a stranger sends, judging it does not fail."""
    assert judge(received) in Answer


def test_the_startup_message_says_its_length_and_version():
    """The message begins with its own length and protocol 3.0, and ends its pairs with a zero byte."""
    message = startup_message("u", "d")
    assert struct.unpack_from("!II", message) == (len(message), 3 << 16)
    assert message.endswith(b"user\0u\0database\0d\0application_name\0homeport probe\0\0")
