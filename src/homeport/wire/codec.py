"""Bytes to requests and replies to bytes."""

import msgspec

from homeport.model.errors import RefusedError
from homeport.wire.replies import AnyReply
from homeport.wire.requests import VERSION, AnyRequest, Request


class _Envelope(msgspec.Struct):
    v: int | None = None
    op: str | None = None


_encode = msgspec.json.Encoder().encode
_envelope = msgspec.json.Decoder(_Envelope).decode
_request: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)
_reply: msgspec.json.Decoder[AnyReply] = msgspec.json.Decoder(AnyReply)


def encode(message: AnyReply | Request) -> bytes:
    """Return a message as one line."""
    return _encode(message) + b"\n"


def decode_request(line: bytes) -> AnyRequest:
    """Return the request in a line. Raises RefusedError, which says what is wrong with it."""
    try:
        return _decoded(line)
    except RecursionError:
        raise RefusedError("the request is nested too deeply", hint="a request is one flat object") from None


def _decoded(line: bytes) -> AnyRequest:
    try:
        envelope = _envelope(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedError(
            f"the request is not one line of JSON: {error}", hint='send for example {"v":1,"op":"status"}'
        ) from None
    if envelope.v != VERSION:
        raise RefusedError(
            f"the request is in version {'none' if envelope.v is None else envelope.v} of the protocol, "
            f"and this house speaks version {VERSION}",
            hint="use the Homeport that started the house, or end it with `homeport down` and start it again",
        )
    try:
        return _request.decode(line)
    except (msgspec.ValidationError, UnicodeDecodeError) as error:
        raise RefusedError(
            f'the request "{envelope.op}" is not understood: {error}',
            hint="docs/reference/schema.json describes every request",
        ) from None


def decode_reply(line: bytes) -> AnyReply:
    """Return the reply in a line, as its type. Raises msgspec.DecodeError for anything else."""
    return _reply.decode(line)
