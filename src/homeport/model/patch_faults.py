"""What is wrong with ``patch=``, before anybody looked up where the file says it."""

from msgspec import Struct


class PatchFault(Struct, frozen=True):
    """One mistake in the patch of a ``node``: what, what to do next, and the text in the file that it is about."""

    node: str
    what: str
    hint: str | None = None
    literal: str | None = None
