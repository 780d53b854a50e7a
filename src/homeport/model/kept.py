"""An image as it was made last, so that a later house goes on with it and the files that pods got since."""

from msgspec import Struct


class KeptFile(Struct, frozen=True, array_like=True):
    """A file in an image: its permission bits, and the digest of its content in hexadecimal digits, or its link's target."""

    mode: int
    digest: str
    link: str | None = None


class KeptImage(Struct, frozen=True):
    """One image.

    ``name`` is that under which it was brought. ``files``: those that are kept up to date in pods, as the image has them, by
    their path there. ``rest`` digests everything else that it was made from.
    """

    name: str
    rest: str
    files: dict[str, KeptFile] = {}
