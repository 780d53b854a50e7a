"""The helper as it is in a container, but here: process 1 is any process, and its name is the test's own."""

import os
import platform
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from far_side import Container, Stream

from homeport.adapters.live.program import ARCHITECTURES, BIN

OTHER_BUILD = "HOMEPORT_TEST_HELPER"
"""Names another build of the helper to test, such as one that stops at mistakes in memory (helper/README.md)."""


@pytest.fixture(scope="session")
def program(absent: Callable[[str], NoReturn]) -> Path:
    """Return the helper that was built for this machine."""
    if os.environ.get(OTHER_BUILD):
        return Path(os.environ[OTHER_BUILD])
    place = BIN / f"homeport-helper-{ARCHITECTURES.get(platform.machine().lower(), 'none')}"
    if platform.system() != "Linux" or not place.exists():
        absent(f"the helper was not built for this machine ({place.name}); try: make helper")
    return place


@pytest.fixture
def root() -> Iterator[Path]:
    """Return a folder that every user may go through, which pytest's are not."""
    folder = Path(tempfile.mkdtemp(prefix="homeport-helper-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def container(program: Path, root: Path) -> Iterator[Container]:
    """Return a container in which nothing runs yet."""
    made = Container(program, root, uuid.uuid4().hex)
    yield made
    made.close()


@pytest.fixture
def stream(container: Container) -> Stream:
    """Return a stream into a container without a process 1."""
    return container.serve()
