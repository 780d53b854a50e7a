"""Where in the user's files something is said: the innermost frame that belongs to neither Homeport nor a library."""

import os
import sys
from types import CodeType, FrameType
from typing import Final

_OURS: Final = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep
_STANDARD: Final = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
_LIBRARY: Final = f"{os.sep}site-packages{os.sep}"

Span = tuple[int, int, int, int]
"""First line, last line (from 1), first column, end column (UTF-8 bytes, from 0) of an expression."""


def is_users(file: str) -> bool:
    """Whether a code's file belongs to the user: not to us, the standard library, a package, or nobody (``<string>``)."""
    return not (file.startswith((_OURS, _STANDARD, "<")) or _LIBRARY in file)


def users_frame() -> FrameType:
    """Return the innermost frame in a user's file; without any, the innermost one that is not ours."""
    frame: FrameType | None = sys._getframe(1)
    outer = frame
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith(_OURS):
            if is_users(file):
                return frame
            if outer is not None and outer.f_code.co_filename.startswith(_OURS):
                outer = frame
        frame = frame.f_back
    assert outer is not None
    return outer


def here() -> dict[str, object]:
    """Return file and line of the user's innermost frame, as data."""
    frame = users_frame()
    return {"file": frame.f_code.co_filename, "line": frame.f_lineno}


def folder() -> str:
    """Return the folder of the user's file that is speaking: what its relative paths start from."""
    return os.path.dirname(os.path.abspath(users_frame().f_code.co_filename))


def resolve(path: str | os.PathLike[str]) -> str:
    """Return an absolute path; a relative one starts at the file that says it."""
    return os.path.normpath(os.path.join(folder(), os.path.expanduser(os.fspath(path))))


def span_of(code: CodeType, instruction: int) -> Span | None:
    """Return where the expression stands that was being evaluated at an instruction offset."""
    if instruction < 0:
        return None
    for index, (line, end_line, column, end_column) in enumerate(code.co_positions()):
        if index == instruction // 2:
            if line is None or end_line is None or column is None or end_column is None:
                return None
            return line, end_line, column, end_column
    return None
