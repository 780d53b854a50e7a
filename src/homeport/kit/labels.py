"""DNS labels, of which host names, namespaces and names of most objects are made: RFC 1123."""

import re
from typing import Final

LONGEST: Final = 63
"""Characters of a label."""
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def is_label(text: str) -> bool:
    """Whether text is a DNS label: lower-case letters, digits and dashes, at most 63, a letter or digit at both ends."""
    return _LABEL.fullmatch(text) is not None
