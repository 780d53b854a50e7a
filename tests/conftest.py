"""What tests of several rooms share: real programs on this machine, or a skip that says what is missing."""

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import settings

from homeport.adapters.tools import Found, Missing, find

Needs = Callable[[str], Found]

# How long an example takes says something about the machine alone, which others may be using.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give the tests of a journey, which share a house, to one worker, and all others out one by one.

    ``xdist_group`` would say the same, but xdist 3.8 writes it where pytest 9.2 no longer looks.
    """
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByJourney(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return nodeid.partition("::")[0] if "/test_journey_" in nodeid else nodeid

    return ByJourney(config, log)


@pytest.fixture(scope="session")
def absent() -> Callable[[str], NoReturn]:
    """Return a skip for what is not on this machine; where HOMEPORT_TEST_REQUIRE=1 says that all must be, a failure."""
    return pytest.fail if os.environ.get("HOMEPORT_TEST_REQUIRE") == "1" else pytest.skip


@pytest.fixture(scope="session")
def tool_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an XDG cache folder for what is fetched, shared by all tests of a run and all its workers."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "fetched"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def looked_up(tool_cache: Path) -> Callable[[str], Found | Missing]:
    """Return a function that finds or fetches a product, once in a run of the tests."""
    search_path = os.environ["PATH"]
    cache = tool_cache / "homeport"

    @lru_cache
    def look(kind: str) -> Found | Missing:
        return find(kind, version=None, programs=(), search_path=search_path, cache=cache, fetch=True, say=print)

    return look


@pytest.fixture(scope="session")
def needs(looked_up: Callable[[str], Found | Missing], absent: Callable[[str], NoReturn]) -> Needs:
    """Return ``needs(kind)``: a product or program on this machine or from a wheel, else a skip with the reason."""

    def need(kind: str) -> Found:
        answer = looked_up(kind)
        if isinstance(answer, Found):
            return answer
        return absent(f"{answer.sentence}; {answer.command}")

    return need
