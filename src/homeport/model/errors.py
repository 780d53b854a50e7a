"""The family of errors, drawn::

    HomeportError
    ├── ConfigError      a stack file, settings or words say something wrong   (exit 2)
    ├── RefusedError     a wish or command that cannot be obeyed               (exit 2)
    ├── WorkFailed       a program, build or task of the stack failed          (exit 1)
    ├── OutsideError     something outside said no: a port, a file, a program  (exit 3)
    └── Bug              our own mistake; please report                        (exit 70)

Wording: subject first, the given value in quotes, what was expected, one next step.
"""

from collections.abc import Sequence

from msgspec import Struct


class Mistake(Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong: ``what``, where (``file``, ``line``, and columns from 1, end exclusive), and what to do next."""

    what: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    end: int | None = None
    source: str | None = None
    hint: str | None = None


class HomeportError(Exception):
    """Something that a person is told in one sentence, and what to do next."""

    exit_code = 1

    def __init__(self, what: str, *, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class ConfigError(HomeportError):
    """A stack file or its settings are wrong; carries every independent mistake.

    ``sources`` are the files that the evaluation had read by then (mending one of them may mend it), ``notes`` the lines
    that the file printed. ``passing``: this machine ran short of something, and the same file may be sound later.
    """

    exit_code = 2

    def __init__(
        self,
        mistakes: Sequence[Mistake],
        *,
        sources: Sequence[str] = (),
        notes: Sequence[str] = (),
        passing: bool = False,
    ) -> None:
        super().__init__(mistakes[0].what, hint=mistakes[0].hint)
        self.mistakes = tuple(mistakes)
        self.sources = tuple(sources)
        self.notes = tuple(notes)
        self.passing = passing


class RefusedError(HomeportError):
    """A wish or a command that cannot be obeyed."""

    exit_code = 2


class WorkFailed(HomeportError):
    """A program of the stack failed."""

    exit_code = 1


class OutsideError(HomeportError):
    """Something outside of Homeport said no."""

    exit_code = 3


class Bug(HomeportError):
    """Our own mistake."""

    exit_code = 70
