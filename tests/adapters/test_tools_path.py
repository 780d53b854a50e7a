"""Finding programs in folders."""

import os
from pathlib import Path

import pytest
from tools_shop import Shop, script

from homeport.adapters.tools import Found, Missing
from homeport.adapters.tools.versions import matches, version_of


@pytest.fixture
def shop(tmp_path):
    """Return a toolbox with an empty cache."""
    return Shop(tmp_path)


@pytest.mark.parametrize(
    ("found", "wanted", "fits"),
    [("16.4", "16", True), ("16.4", "16.4", True), ("160.1", "16", False), ("16", "16.4", False), (None, "16", False)],
)
def test_a_version_is_a_prefix_of_whole_parts(found, wanted, fits):
    """16 takes 16.4 and not 160; what is unknown is no particular version."""
    assert matches(found, wanted) is fits


def test_a_program_is_found_by_its_name(shop, tmp_path):
    """Any program on the PATH is found, and a folder that is on the PATH is not added again."""
    made = script(tmp_path / "bin" / "frobnicate", "frobnicate 1.2.3")
    assert shop.find("frobnicate", tmp_path / "bin") == Found({"frobnicate": str(made)}, (), "", "path")


def test_a_program_without_a_wanted_version_is_not_run(shop, tmp_path):
    """Nobody knows what a stranger does when it is run; without a version to check there is no reason to."""
    trace = tmp_path / "trace"
    script(tmp_path / "bin" / "frobnicate", "1.2.3", also=f"echo run >>{trace}")
    shop.find("frobnicate", tmp_path / "bin")
    assert not trace.exists()


def test_a_version_is_asked_once_per_file_and_change(tmp_path):
    """The same file is asked once; after a change it is asked again."""
    trace = tmp_path / "trace"
    program = script(tmp_path / "p", "p version 1.2.3 (build 7)", also=f"echo run >>{trace}")
    assert [version_of(str(program)) for _ in range(3)] == ["1.2.3"] * 3
    assert trace.read_text() == "run\n"
    os.utime(program, ns=(1, 1))
    assert version_of(str(program)) == "1.2.3"
    assert trace.read_text() == "run\nrun\n"


def test_several_programs_must_all_be_there(shop, tmp_path):
    """When one of the named programs is missing, it is named, with what was found."""
    script(tmp_path / "bin" / "one", "1")
    answer = shop.find("pair", tmp_path / "bin", programs=("one", "two"))
    assert isinstance(answer, Missing)
    assert answer.sentence == f"'two' was not found: '{tmp_path}/bin' has 'one' alone"


def test_a_miss_says_where_it_looked_and_what_brings_it(shop, tmp_path):
    """The sentence counts the PATH's folders; the command is that of the package manager on the PATH."""
    script(tmp_path / "bin" / "dnf", "")
    answer = shop.find("frobnicate", tmp_path / "bin", tmp_path / "other")
    assert isinstance(answer, Missing)
    assert answer.sentence.startswith("'frobnicate' was not found: searched the PATH (2 folders)")
    assert answer.command == "dnf install frobnicate"


def test_folders_that_are_not_absolute_are_not_searched(shop, tmp_path, monkeypatch):
    """A relative folder of the PATH means something else to everybody, so nothing is taken from it."""
    script(tmp_path / "bin" / "frobnicate", "1")
    monkeypatch.chdir(tmp_path)
    assert isinstance(shop.find("frobnicate", Path("bin"), Path()), Missing)


def test_the_first_place_with_the_wanted_version_wins(shop, tmp_path):
    """A server of another version earlier on the PATH is passed over, and the right one's folder goes to the PATH."""
    script(tmp_path / "a" / "redis-server", "Redis server v=91.0.1 sha=0")
    right = script(tmp_path / "b" / "redis-server", "Redis server v=92.7.3 sha=0")
    answer = shop.find("redis", tmp_path / "a", tmp_path / "b", version="92")
    assert answer == Found({"redis-server": str(right)}, (str(tmp_path / "b"),), "92.7.3", "path")


def test_another_version_is_a_miss_that_tells_what_was_found_where(shop, tmp_path):
    """A version that nothing has is missing, and the sentence lists what is there instead."""
    script(tmp_path / "a" / "redis-server", "Redis server v=91.0.1 sha=0")
    answer = shop.find("redis", tmp_path / "a", version="93")
    assert isinstance(answer, Missing)
    assert answer.sentence.startswith(f"Redis 93 was not found: '{tmp_path}/a' has 91.0.1")


def test_postgres_is_found_behind_a_link(shop, tmp_path):
    """A link to one program leads to the folder that has them all."""
    for name in ("postgres", "initdb", "psql", "pg_isready"):
        script(tmp_path / "real" / name, f"{name} (PostgreSQL) 93.2 (House 93.2-1)")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "postgres").symlink_to(tmp_path / "real" / "postgres")
    answer = shop.find("postgres", tmp_path / "bin", version="93")
    assert isinstance(answer, Found)
    assert answer.programs["initdb"] == str(tmp_path / "real" / "initdb")
    assert answer.path_dirs == (str(tmp_path / "real"),)


def test_a_postgres_without_its_tools_says_what_it_lacks(shop, tmp_path):
    """A folder with the server alone is named together with what is not in it."""
    script(tmp_path / "bin" / "postgres", "postgres (PostgreSQL) 93.2")
    answer = shop.find("postgres", tmp_path / "bin", version="93")
    assert isinstance(answer, Missing)
    assert f"'{tmp_path}/bin' lacks 'initdb', 'psql', 'pg_isready'" in answer.sentence
    assert answer.command.endswith("93")


def test_redis_stands_in_for_valkey_and_says_so(shop, tmp_path):
    """Without Valkey its names lead to Redis, and the note says it."""
    server = script(tmp_path / "bin" / "redis-server", "Redis server v=91.0.1 sha=0")
    answer = shop.find("valkey", tmp_path / "bin")
    assert isinstance(answer, Found)
    assert answer.programs == {"valkey-server": str(server)}
    assert answer.note == "Redis 91.0.1 stands in for Valkey, which is not installed"


def test_valkey_goes_before_redis(shop, tmp_path):
    """Where Valkey is, it is taken, without a note."""
    script(tmp_path / "bin" / "redis-server", "Redis server v=91.0.1 sha=0")
    server = script(tmp_path / "bin" / "valkey-server", "Valkey server v=98.1.0 sha=0")
    answer = shop.find("valkey", tmp_path / "bin")
    assert answer == Found({"valkey-server": str(server)}, (), "98.1.0", "path")


def test_redis_is_no_particular_version_of_valkey(shop, tmp_path):
    """Asked for a version of Valkey, Redis does not stand in, whatever its own version."""
    script(tmp_path / "bin" / "redis-server", "Redis server v=91.0.1 sha=0")
    answer = shop.find("valkey", tmp_path / "bin", version="91")
    assert isinstance(answer, Missing)
    assert "Redis stands in only where no version is asked for" in answer.sentence


def rabbitmq(home: Path, version: str) -> Path:
    """Make the folders of a RabbitMQ; return that of its scripts."""
    for name in ("rabbitmq-server", "rabbitmqctl", "rabbitmq-plugins", "rabbitmq-env"):
        script(home / "sbin" / name, "never run")
    (home / "plugins" / f"rabbit-{version}").mkdir(parents=True)
    (home / "plugins" / "rabbit_common-1.0.0").mkdir()
    return home / "sbin"


def test_rabbitmq_is_found_behind_a_distributions_wrapper(shop, tmp_path):
    """A link on the PATH leads to the folder of RabbitMQ's own scripts; its version is read, not asked."""
    folder = rabbitmq(tmp_path / "rabbitmq", "99.1.2")
    script(folder / "wrapper", "insists on its own user")
    script(tmp_path / "bin" / "erl", "")
    (tmp_path / "bin" / "rabbitmq-server").symlink_to(folder / "wrapper")
    answer = shop.find("rabbitmq", tmp_path / "bin", version="99")
    assert isinstance(answer, Found)
    assert answer.programs["rabbitmq-server"] == str(folder / "rabbitmq-server")
    assert answer.version == "99.1.2"
    assert answer.path_dirs == (str(folder),)
