"""What others say about a folder becomes a stack file that evaluates; golden per source. ``HOMEPORT_GOLDEN=1`` renews."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from homeport.config.adopt.look import Proposal, look
from homeport.config.adopt.stores import from_address, word_of_image
from homeport.config.adopt.write import write
from homeport.config.evaluate import ChildEvaluator
from homeport.model.errors import ConfigError

GOLDEN = Path(__file__).parent / "golden"
FOLDERS: dict[str, dict[str, str]] = {
    "nothing": {},
    "procfile": {
        "Procfile": "# it\nweb: gunicorn app:app\na b: nope\nworker: python worker.py\nrelease: python migrate.py\n",
        "requirements.txt": "flask\n",
        ".env": "DATABASE_URL=postgresql://me:pw@localhost:5432/mydb\nREDIS_URL=redis://127.0.0.1/0\nKEY=abc\n",
    },
    "compose": {
        "compose.yaml": """\
name: Web Shop
services:
  db: {image: "postgres:16", environment: {POSTGRES_DB: shop, POSTGRES_USER: me, POSTGRES_PASSWORD: x}}
  cache: {image: "docker.io/library/redis:7-alpine"}
  mq: {image: "rabbitmq:3-management", environment: [RABBITMQ_DEFAULT_USER=bunny]}
  api:
    build: ./api
    command: python -m api
    ports: ["127.0.0.1:8080:8000", "9000-9010:9000-9010"]
    environment:
      - DATABASE_URL=postgres://me:x@db:5432/shop
      - REDIS_HOST=cache
      - REDIS=cache:6379
      - QUOTED=say "hi"
    depends_on: [db, cache]
  web:
    build: {context: .}
    command: ["npm", "start"]
    environment: {API: "http://api:8000", DEBUG: true, EMPTY: null}
    depends_on: {api: {condition: service_healthy}}
  mail: {image: mailhog/mailhog}
""",
        "api/main.py": "",
    },
    "circle": {
        "docker-compose.yml": """\
services:
  a: {command: sleep 1, depends_on: [b]}
  b: {command: sleep 1, ports: [80], environment: {A: "a:80"}, depends_on: [a]}
""",
    },
    "vite": {
        "package.json": '{"name": "@me/My Site", "scripts": {"dev": "vite", "build": "vite build"}}',
        "package-lock.json": "{}",
    },
    "next": {
        "package.json": '{"scripts": {"dev": "next dev"}, "dependencies": {"next": "15"}}',
        "pnpm-lock.yaml": "",
    },
    "fastapi": {
        "pyproject.toml": '[project]\nname = "svc"\n',
        "src/svc/main.py": "import fastapi\n\napi: fastapi.FastAPI = fastapi.FastAPI(\n",
        "tests/app.py": "app = Flask(__name__)\n",
    },
    "django": {"manage.py": "", "requirements.txt": "django\n"},
    "script": {"pyproject.toml": '[project]\nname = "tool"\nscripts = {serve = "tool:main"}\n', "uv.lock": ""},
    "both": {
        "package.json": '{"scripts": {"start": "node server.js --port 4000"}}',
        "app.py": "app = Flask(__name__)\n",
        "requirements.txt": "flask\n",
        ".env.example": "BROKER=amqp://guest@localhost//\n",
    },
    "broken": {"package.json": "{", "pyproject.toml": "[", ".env": "no equals sign\n"},
}


def furnish(folder: Path, name: str) -> Path:
    """Write the files of one example."""
    root = folder / name
    root.mkdir()
    for path, text in FOLDERS[name].items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_becomes_a_stack_file(tmp_path: Path, name: str) -> None:
    """The text, and what is said about it, are as they were judged good."""
    proposal = look(furnish(tmp_path, name))
    told = [*(f"# found: {line}" for line in proposal.said), *(f"# guessed: {line}" for line in proposal.guessed)]
    text = "\n".join([*told, write(proposal)])
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("HOMEPORT_GOLDEN"):
        path.write_text(text)
    assert path.read_text() == text


@pytest.mark.parametrize("name", FOLDERS)
def test_what_is_written_evaluates(tmp_path: Path, name: str) -> None:
    """`homeport up` takes the file as it was written."""
    root = furnish(tmp_path, name)
    proposal = look(root)
    (root / "stack.py").write_text(write(proposal))
    evaluator = ChildEvaluator({"PATH": os.environ["PATH"]}, sys.executable)
    graph = asyncio.run(evaluator.evaluate(str(root / "stack.py"), {}))
    assert graph.stack == proposal.stack
    assert {part.name for part in proposal.parts} <= graph.nodes.keys()


def test_a_circle_is_cut_and_said(tmp_path: Path) -> None:
    """Two services that need each other: one of them goes first."""
    proposal = look(furnish(tmp_path, "circle"))
    assert [part.name for part in proposal.parts] == ["a", "b"]
    assert "a and others need each other: a was let go first" in proposal.guessed


def test_a_compose_file_that_is_no_yaml_is_an_error_with_its_line(tmp_path: Path) -> None:
    """Guessing past it would lose what it says."""
    (tmp_path / "compose.yml").write_text("services:\n  a: [\n")
    with pytest.raises(ConfigError) as refused:
        look(tmp_path)
    (mistake,) = refused.value.mistakes
    assert mistake.what == "compose.yml is not YAML"
    assert mistake.line == 3


@pytest.mark.parametrize(
    ("image", "word"),
    [
        ("postgres", "postgres"),
        ("ghcr.io/x/pgvector:0.7", "postgres"),
        ("valkey/valkey:8@sha256:00", "valkey"),
        ("nginx", None),
    ],
)
def test_stores_are_known_by_their_images(image: str, word: str | None) -> None:
    """Registry, folder, tag and digest do not matter."""
    assert word_of_image(image) == word


@pytest.mark.parametrize("value", ["postgres://db.example.com/x", "http://localhost/", "redis://[::1", "plain", ""])
def test_only_addresses_on_this_machine_become_components(value: str) -> None:
    """A store elsewhere stays elsewhere."""
    assert from_address(value) is None


def test_names_are_made_fit(tmp_path: Path) -> None:
    """A stack is called like the project, in letters that a name may have."""
    assert look(furnish(tmp_path, "vite")).stack == "me-my-site"
    assert isinstance(look(furnish(tmp_path, "nothing")), Proposal)
