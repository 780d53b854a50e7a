"""Our reading of ignore files and Dockerfiles beside the engine's own, when HOMEPORT_TEST_CLUSTER=1 says that there is one."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from homeport.adapters.images.context import narrowed, parts
from homeport.adapters.images.inputs import read_texts
from homeport.ports.builder import FromDockerfile

TREE = (
    "README.md", "a.txt", "b.log", "src/main.py", "src/main.pyc", "src/deep/x.py", "src/deep/x.log", "src/deep/er/y.log",
    "node_modules/p/index.js", "node_modules/p/README.md", "docs/a.md", "docs/b/c.md", "star*.txt", "tmp/one", "conf/a.ini",
)  # fmt: skip

CASES = [
    ("", "COPY . /"),
    ("*.log", "COPY . /"),
    ("**/*.log", "COPY . /"),
    ("/src/deep", "COPY . /"),
    ("src/*/x.*", "COPY . /"),
    ("node_modules\n!node_modules/p/README.md", "COPY . /"),
    ("*\n!src\nsrc/deep", "COPY . /"),
    ("*\n!src/*.py", "COPY . /"),
    ("**/*.md\n!README.md\n# x\n\n!docs/b", "COPY . /"),
    ("src/**/y.log\n./tmp/\n?.txt", "COPY . /"),
    (r"star\*.txt", "COPY . /"),
    ("[ab].*", "COPY . /"),
    ("docs/**", "COPY . /"),
    ("*.log", "COPY src /src/"),
    ("src/deep", "COPY src/main.py docs /"),
    ("", "COPY conf/*.ini /conf/"),
]


@pytest.fixture
def context(tmp_path: Path, absent: Callable[[str], NoReturn]) -> Path:
    if os.environ.get("HOMEPORT_TEST_CLUSTER") != "1":
        pytest.skip("no engine for tests: set HOMEPORT_TEST_CLUSTER=1")
    if subprocess.run(["docker", "version"], capture_output=True, check=False).returncode:
        absent("HOMEPORT_TEST_CLUSTER=1, and `docker version` finds no engine")
    for name in TREE:
        path = tmp_path / "context" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "context"


@pytest.mark.parametrize(("ignore", "copy"), CASES)
def test_the_engine_takes_the_files_that_count(context: Path, tmp_path: Path, ignore: str, copy: str) -> None:
    """What a build copies is what we count, to the file."""
    (tmp_path / "Dockerfile").write_text(f"FROM scratch\n{copy}\n")
    (tmp_path / "Dockerfile.dockerignore").write_text(ignore or "# nothing")
    recipe = FromDockerfile(str(tmp_path / "Dockerfile"), str(context))
    texts = read_texts(recipe)
    counted = parts(recipe.context, narrowed(recipe.context, texts.reads), texts.ignore)
    names = {path for path, _ in counted if (context / path).is_file()}
    words = ["docker", "build", "-q", "-f", recipe.file, "-o", str(tmp_path / "out"), str(context)]
    subprocess.run(words, env={**os.environ, "DOCKER_BUILDKIT": "1"}, capture_output=True, check=True)
    assert {path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file()} == names
