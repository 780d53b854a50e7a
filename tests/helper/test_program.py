"""The programs that containers get are those of these sources, and their absence is one sentence."""

import json
import runpy
from hashlib import sha256
from pathlib import Path

import pytest

from homeport.adapters.live.program import BIN, helper_program
from homeport.model.errors import OutsideError

BUILD = runpy.run_path(str(Path(__file__).parents[2] / "helper" / "build.py"))


@pytest.mark.parametrize(("architecture", "machine"), [("amd64", 62), ("arm64", 183), ("aarch64", 183)])
def test_a_program_is_found_for_an_architecture(program: Path, architecture: str, machine: int) -> None:
    """It is a static program for that machine, small enough for a ConfigMap, and known by its digest."""
    if not (BIN / f"homeport-helper-{'amd64' if machine == 62 else 'arm64'}").exists():
        pytest.skip("only the helper for this machine was built")
    found = helper_program(architecture)
    assert found.digest == sha256(found.content).hexdigest()
    assert found.content[:5] == b"\x7fELF\x02"
    assert int.from_bytes(found.content[18:20], "little") == machine
    assert b"ld-linux" not in found.content
    assert len(found.content) < 1 << 17


def test_what_was_built_is_made_of_the_sources(program: Path) -> None:
    """A program that is older than its sources would be tested instead of them."""
    assert json.loads((BIN / "digests.json").read_bytes())["sources"] == BUILD["sources_digest"](), "try: make helper"


def test_a_missing_program_is_one_sentence(tmp_path: Path) -> None:
    """The error says what to do, whether it was not built or cannot be."""
    with pytest.raises(OutsideError) as missing:
        helper_program("amd64", tmp_path)
    assert "make helper" in str(missing.value.hint)
    with pytest.raises(OutsideError, match='"riscv64", only for amd64 and arm64'):
        helper_program("riscv64", tmp_path)
