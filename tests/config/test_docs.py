"""The pages about words say what the words say."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import homeport
from homeport.model.nodes import Service
from homeport.model.values import Ref, Text

ROOT = Path(__file__).parents[2]


def script() -> ModuleType:
    """Return the script that writes the page."""
    spec = importlib.util.spec_from_file_location("words_reference", ROOT / "scripts" / "words_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_words_is_up_to_date():
    """docs/reference/words.md is what the docstrings say; a word or argument without a sentence fails here."""
    assert script().page() == (ROOT / "docs" / "reference" / "words.md").read_text(), "run scripts/words_reference.py"


def test_every_word_is_there():
    """Each name of __all__ can be imported, and dir() lists it."""
    for name in homeport.__all__:
        assert getattr(homeport, name) is not None
        assert name in dir(homeport)


async def test_the_component_of_the_page_works(evaluate, tmp_path):
    """The component that the page shows becomes a service that others reach by its references."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "components.md").read_text(), re.DOTALL)
    program = tmp_path / "bin" / "memcached"
    program.parent.mkdir()
    program.symlink_to(sys.executable)
    graph = await evaluate(code, environ={"PATH": str(program.parent)})
    cache, api = graph.nodes["cache"], graph.nodes["api"]
    assert isinstance(cache, Service)
    assert isinstance(api, Service)
    assert cache.component == "memcached"
    assert api.env["MEMCACHED"] == Text((Ref("cache", "host"), ":", Ref("cache", "port:main")))
    assert [need.name for need in graph.needs["api"]] == ["cache"]
