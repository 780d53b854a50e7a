"""What is told of a broken stack file, without the secrets that the file knows."""

from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from homeport.config.hiding import hidden_said
from homeport.kit.masking import Mask
from homeport.model.errors import ConfigError, Mistake
from homeport.model.hiding import Hiding, mask_of


def discreet(error: ConfigError, secret: Iterable[Hiding]) -> ConfigError:
    """Return the error with ``secret`` values hidden, and those that the shown files give to a name that tells."""
    shown = {mistake.file for mistake in error.mistakes if mistake.file is not None}
    said = [one for file in sorted(shown | set(error.sources)) for one in hidden_said(_text(file), file)]
    mask = mask_of([*secret, *said])
    mistakes = [_mistake(mistake, mask) for mistake in error.mistakes]
    return ConfigError(mistakes, sources=error.sources, notes=tuple(map(mask.text, error.notes)))


def _mistake(mistake: Mistake, mask: Mask) -> Mistake:
    hint = mask.text(mistake.hint) if mistake.hint is not None else None
    return replace(_line(mistake, mask), what=mask.text(mistake.what), hint=hint)


def _line(mistake: Mistake, mask: Mask) -> Mistake:
    """Return the mistake with its line masked and its columns where the same words are now."""
    source = mistake.source
    if source is None or mask.text(source) == source:
        return mistake
    whole = mask.text(source)
    begin, end = (mistake.column or 1) - 1, (mistake.end or mistake.column or 1) - 1
    before, inside, after = mask.text(source[:begin]), mask.text(source[begin:end]), mask.text(source[end:])
    if before + inside + after != whole:  # a secret lies across an edge: there is no place to point at
        return replace(mistake, source=whole, column=None, end=None)
    return replace(mistake, source=whole, column=len(before) + 1, end=len(before) + len(inside) + 1)


def _text(file: str) -> str:
    try:
        path = Path(file)
        return path.read_text("utf-8", "replace") if path.suffix == ".py" and path.is_file() else ""
    except OSError:
        return ""
