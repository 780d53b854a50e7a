"""Requests are understood or refused in one sentence."""

import msgspec
import pytest

from homeport.client.connection import VERSION as CLIENT_VERSION
from homeport.model.errors import RefusedError
from homeport.model.view import NodeView
from homeport.wire import replies, requests
from homeport.wire.codec import decode_reply, decode_request, encode

REQUESTS = [
    requests.Status(names=("api",), since=3),
    requests.Wait(names=("api",), condition="completed", timeout=2.5),
    requests.Trigger(names=("seed",), args=("--all",)),
    requests.Trigger(names=("seed",)),
    requests.Options(values={"level": "debug"}, forget=("size",)),
    requests.Logs(since=1.5, level="error", follow=True),
    requests.Close(kill=True),
    requests.ReadWishes(),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: type(request).__name__)
def test_a_request_survives_the_way(request_: requests.AnyRequest) -> None:
    """What a client writes is what a house reads."""
    assert decode_request(encode(request_)) == request_


def test_a_reply_survives_the_way() -> None:
    """What a house writes is what a client reads."""
    reply = replies.DoneReply(("api",))
    assert decode_reply(encode(reply)) == reply


def test_a_message_is_one_line() -> None:
    """A line feed inside a text never ends a message early."""
    assert encode(replies.Error("two\nlines")).count(b"\n") == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"hello", "not one line of JSON"),
        (b"\xff\xfe", "not one line of JSON"),
        (b"[1]", "not one line of JSON"),
        (b'{"op":"status"}', "version none of the protocol"),
        (b'{"v":99,"op":"status"}', "version 99 of the protocol"),
        (b'{"v":1}', "not understood"),
        (b'{"v":1,"op":"explode"}', 'the request "explode" is not understood'),
        (b'{"v":1,"op":"why"}', "missing required field `name`"),
        (b'{"v":1,"op":"status","nmaes":[]}', "unknown field `nmaes`"),
        (b'{"v":1,"op":"scale","name":"a","replicas":"2"}', "Expected `int`, got `str`"),
    ],
)
def test_a_wrong_request_is_refused_with_its_reason(line: bytes, said: str) -> None:
    """Whatever comes in, the answer is one sentence and a next step."""
    with pytest.raises(RefusedError, match=r".") as refused:
        decode_request(line)
    assert said in refused.value.what
    assert refused.value.hint


def test_the_client_speaks_the_same_version() -> None:
    """The client repeats the version so that it need not load the shapes; both numbers are one."""
    assert CLIENT_VERSION == requests.VERSION


def test_a_default_takes_no_room() -> None:
    """A frame of a large stack stays small: only what differs from a default is written."""
    frame = msgspec.json.decode(msgspec.json.encode(NodeView("api", "service", "ready")))
    assert frame == {"name": "api", "type": "service", "state": "ready"}
