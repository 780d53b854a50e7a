"""The last good configuration on disk: whole, private, and without what is secret in it."""

import json
from hashlib import blake2b
from pathlib import Path

import msgspec
import pytest

from homeport.machine.memory.last_good import FORMAT, LastGood
from homeport.model.errors import RefusedError
from homeport.model.graph import Graph
from homeport.model.nodes import EnvFile, Node, Option, Secret, Service, Source, Task
from homeport.model.parts import Exec, HttpProbe, Shell, Where
from homeport.model.values import Ref, Text

AT = Where("/repo/stack.py", 1)
NODES: tuple[Node, ...] = (
    Service(
        "api",
        AT,
        Exec(("python", Text(("--port=", Ref("", "port:main"))), "canary-known")),
        "/repo",
        env={
            "LEVEL": "info",
            "API_TOKEN": "canary-named",
            "DSN": Text(("postgres://me:canary-dsn@", Ref("db", "host"))),
            "UPSTREAM": "http://me:canary-url@host",
            "PLAIN": Text(("x", Ref("settings", "value:TOKEN"))),
        },
        ready=HttpProbe("/", headers={"Authorization": "Bearer canary-header"}),
    ),
    Task("seed", AT, Shell("echo 'canary\"known' kept"), "/repo"),
    Secret("jwt", AT, {"value": Source(generate="password")}),
    EnvFile("settings", AT, ".env", secret=("LEVEL",)),
    Option("api-token", AT, default="canary-option"),
    Option("size", AT, "integer", default="10"),
)
GRAPH = Graph("shop", "/repo", "/repo/stack.py", {node.name: node for node in NODES}, ("/repo/stack.py",))
SECRET = ("canary-known", 'canary"known')


def kept_in(tmp_path: Path) -> LastGood:
    """Return what keeps it, as a new house would."""
    return LastGood(tmp_path / "last-good.json", tmp_path / "secrets" / ".last-good.json")


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    """Another house finds the same graph, with its literals in their places."""
    kept_in(tmp_path).keep(GRAPH, SECRET)
    assert kept_in(tmp_path).graph() == GRAPH


def test_it_holds_references_instead_of_secrets(tmp_path: Path) -> None:
    """By name, in URLs, by value: none stands in the graph's file, and both files are the owner's alone."""
    kept_in(tmp_path).keep(GRAPH, SECRET)
    file, values = tmp_path / "last-good.json", tmp_path / "secrets" / ".last-good.json"
    assert "canary" not in file.read_text()
    assert '"LEVEL": "info"' in file.read_text()
    assert len(json.loads(values.read_text())["values"]) == 7
    assert {path.stat().st_mode & 0o777 for path in (file, values)} == {0o600}


def test_what_a_file_printed_is_not_kept(tmp_path: Path) -> None:
    """It is of no use later, and may be anything."""
    kept_in(tmp_path).keep(Graph("s", "/", "/f", {}, notes=("canary-printed",)), ())
    assert "canary" not in (tmp_path / "last-good.json").read_text()


def test_nothing_is_written_without_news(tmp_path: Path) -> None:
    """The same graph again touches no file, whoever keeps it."""
    kept_in(tmp_path).keep(GRAPH, SECRET)
    before = (tmp_path / "last-good.json").stat()
    kept_in(tmp_path).keep(GRAPH, SECRET)
    after = (tmp_path / "last-good.json").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_nothing_kept_is_no_error(tmp_path: Path) -> None:
    """A stack that never ran has none."""
    assert kept_in(tmp_path).graph() is None


def test_that_of_another_version_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """A newer or older Homeport's is not guessed at; the next sound evaluation replaces it."""
    kept_in(tmp_path).keep(GRAPH, SECRET)
    file = tmp_path / "last-good.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "format": FORMAT + 1, "more": []}))
    with pytest.raises(RefusedError, match=r"another Homeport \(its format is 4, this one reads 3\)") as refused:
        kept_in(tmp_path).graph()
    assert refused.value.hint
    kept_in(tmp_path).keep(GRAPH, SECRET)
    assert kept_in(tmp_path).graph() == GRAPH


@pytest.mark.parametrize(
    "content", ["", "7", "{", '{"format": 1, "pair": "%s", "graph": {"stack": 7}}', '{"format": 1}']
)
def test_what_cannot_be_understood_is_refused_without_quoting_it(tmp_path: Path, content: str) -> None:
    """Broken, cut off, or of other shapes: a sentence, never a trace, and none of its words."""
    kept_in(tmp_path).keep(GRAPH, SECRET)
    file = tmp_path / "last-good.json"
    pair = json.loads(file.read_text())["pair"]
    file.write_text(content.replace("%s", pair))
    with pytest.raises(RefusedError, match="last good configuration"):
        kept_in(tmp_path).graph()


def test_halves_of_different_times_are_no_pair(tmp_path: Path) -> None:
    """After a crash between the two writes the references would mean other values: that is refused."""
    kept_in(tmp_path).keep(GRAPH, SECRET)
    old = (tmp_path / "last-good.json").read_text()
    kept_in(tmp_path).keep(Graph("shop", "/repo", "/repo/stack.py", {}), ())
    (tmp_path / "last-good.json").write_text(old)
    with pytest.raises(RefusedError, match="not complete"):
        kept_in(tmp_path).graph()


def test_other_shapes_have_another_format() -> None:
    """Whoever changes what a graph is made of raises FORMAT and writes the new digest here: older ones must not guess."""

    def bare(part: object) -> object:
        if isinstance(part, dict):
            return {key: bare(value) for key, value in part.items() if key not in ("description", "title")}
        return [bare(each) for each in part] if isinstance(part, list) else part

    shape = json.dumps(bare(msgspec.json.schema(Graph)), sort_keys=True).encode()
    assert (FORMAT, blake2b(shape, digest_size=8).hexdigest()) == (3, "aab77fc25d9ae22b")
