"""The toolbox as the engine asks it."""

from tools_shop import script

from homeport.adapters.tools.box import Toolbox
from homeport.model.facts import Provided
from homeport.model.nodes import Tool
from homeport.model.parts import Where

AT = Where("stack.py", 1)


def test_what_is_found_is_a_fact_with_the_identity_that_was_asked_for(tmp_path):
    """A found tool is ready, with its programs, folders and version."""
    script(tmp_path / "a" / "redis-server", "Redis server v=91.0.1")
    right = script(tmp_path / "b" / "redis-server", "Redis server v=92.0.1")
    box = Toolbox(f"{tmp_path}/a:{tmp_path}/b", tmp_path / "cache", fetch=False)
    fact = box.provide(Tool("cache", AT, "redis", version="92"), "id", print)
    assert fact == Provided("id", {"redis-server": str(right)}, (f"{tmp_path}/b",), "92.0.1")
    assert fact.ready


def test_what_is_missing_is_a_fact_too(tmp_path):
    """A tool that is nowhere is a fact that says why and what brings it, not an exception."""
    box = Toolbox(str(tmp_path), tmp_path / "cache", fetch=False)
    fact = box.provide(Tool("x", AT, "frobnicate"), "id", print)
    assert not fact.ready
    assert fact.identity == "id"
    assert fact.missing
    assert fact.missing.startswith("'frobnicate' was not found")
    assert fact.hint
    assert fact.hint.endswith("frobnicate")
