"""Bad stack files: each case in ``bad/`` ends in exactly the text beside it.

Set ``HOMEPORT_GOLDEN=1`` to write the texts anew, and read the difference before you commit it.
"""

import os
import re
import sys
from pathlib import Path

import pytest

from homeport.config.evaluate import ChildEvaluator
from homeport.config.show import show
from homeport.model.errors import ConfigError
from homeport.render import previewing

BAD = Path(__file__).with_name("bad")
CASES = sorted(BAD.glob("*.py"))
OPTIONS = {"options": {"level": "loud", "count": "many", "regoin": "eu"}}
LIMITS = {"never_ends": 0.5}
ENVIRON = {"PATH": "/usr/bin:/bin", "VIRTUAL_ENV": sys.prefix}


async def told(file: Path) -> str:
    """Return what a person is told of a file, with this machine's own paths taken out."""
    limit = LIMITS.get(file.stem, 20.0)
    evaluator = ChildEvaluator(ENVIRON, sys.executable, limit=limit, patching=lambda: previewing)
    with pytest.raises(ConfigError) as caught:
        await evaluator.evaluate(str(file), OPTIONS.get(file.stem, {}))
    text = show(caught.value.mistakes, root=str(BAD)) + "\n"
    for own, name in ((f"{sys.prefix}/bin/python", "PYTHON"), (sys.base_prefix, "BASE"), (str(BAD), "ROOT")):
        text = text.replace(own, name)
    return re.sub(r"raised in BASE/\S+\)", "raised in LIBRARY)", text)


@pytest.mark.parametrize("file", CASES, ids=[case.stem for case in CASES])
async def test_a_bad_file_ends_in_its_text(file: Path) -> None:
    """A wrong file is told with what, where, what was expected and a next step, every independent mistake once."""
    older = file.with_suffix(f".{sys.version_info.major}{sys.version_info.minor}.txt")
    golden = older if older.exists() else file.with_suffix(".txt")  # Python 3.11 places some carets less exactly
    text = await told(file)
    if os.environ.get("HOMEPORT_GOLDEN"):
        golden.write_text(text)
    assert text == golden.read_text()


@pytest.mark.parametrize("file", CASES, ids=[case.stem for case in CASES])
def test_a_text_has_no_traceback_and_a_next_step(file: Path) -> None:
    """No text shows a traceback or our own files; each says what to try."""
    text = file.with_suffix(".txt").read_text()
    assert "Traceback" not in text
    assert "src/homeport" not in text
    assert "object at 0x" not in text
