"""Who is watched when the kernel has too few watches for all: in a user namespace with a small limit of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

STORY = """
import asyncio, pathlib, sys
from homeport.adapters.files import watcher
from homeport.model.parts import Files

limit = pathlib.Path("/proc/sys/user/max_inotify_watches")
limit.write_text("20")
root = pathlib.Path(sys.argv[1])

def folders(name, count):
    for i in range(count):
        (root / name / str(i)).mkdir(parents=True)

async def until(bursts, watch, unseen):
    while sorted(watch.unseen) != unseen:
        await anext(bursts)

async def told(bursts, path):
    (root / path).write_text("saved")
    while True:
        matches = (await anext(bursts)).matches
        names = sorted(name for name, paths in matches.items() if str(root / path) in paths)
        if names:
            return names

async def main():
    rules = {name: [Files(str(root), (pattern,))] for name, pattern in RULES.items()}
    async with watcher().watch(rules) as watch:
        await story(watch, watch.changes())
"""


def play(root: Path, rules: dict[str, str], prepare: str, story: str) -> str:
    """Run a story with 20 watches; return what it printed."""
    body = "".join(f"    {line}\n" for line in story.strip().splitlines())
    program = f"{STORY}\nRULES = {rules!r}\nasync def story(watch, bursts):\n{body}\n{prepare}\nasyncio.run(main())"
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", sys.executable, "-c", program, str(root)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    if "unshare" in done.stderr or "Permission denied" in done.stderr:
        pytest.skip(f"no user namespaces here: {done.stderr.strip().splitlines()[-1]}")
    assert done.stderr == ""
    return done.stdout


def test_only_who_finds_no_room_is_not_seen(tmp_path: Path) -> None:
    """A large tree beyond the limit takes nothing from the others, wherever it was declared: their saves are told."""
    rules = {"big": "big/**", "small": "small/a.txt", "": "/stack.py", "three": "three/**"}
    said = play(
        tmp_path,
        rules,
        "folders('big', 60); folders('small', 1); folders('three', 3)",
        """
print(list(watch.unseen))
for path in ("stack.py", "small/a.txt", "three/0/b.txt"):
    print(await told(bursts, path))
""",
    )
    assert said.splitlines() == ["['big']", "['']", "['small']", "['three']"]


def test_the_stacks_own_files_come_first(tmp_path: Path) -> None:
    """Includes are looked for before a service gets its watches, even one that costs less."""
    said = play(
        tmp_path,
        {"": "parts/*/stack.py", "less": "less/**"},
        "folders('less', 8); folders('parts', 12)",
        "print(list(watch.unseen), await told(bursts, 'parts/3/stack.py'))",
    )
    assert said.splitlines() == ["['less'] ['']"]


def test_who_grows_beyond_the_limit_alone_is_not_seen(tmp_path: Path) -> None:
    """New folders beyond the limit make their own rule unseen; others were never let go, and one more folder is seen."""
    said = play(
        tmp_path,
        {"big": "big/**", "small": "small/**"},
        "folders('big', 5); folders('small', 2)",
        """
print(list(watch.unseen))
folders('big/more', 60)
await until(bursts, watch, ['big'])
folders('small/more', 1)
print(await told(bursts, 'small/0/a.txt'), await told(bursts, 'small/more/0/a.txt'))
""",
    )
    assert said.splitlines() == ["[]", "['small'] ['small']"]


def test_room_that_comes_is_found(tmp_path: Path) -> None:
    """Once there is room what was not seen is watched, without a word by whoever watches, and only news are told of it."""
    said = play(
        tmp_path,
        {"big": "big/**", "small": "small/**"},
        "folders('big', 60); folders('small', 2); (root / 'big/0/old.txt').write_text('old')",
        """
print(list(watch.unseen))
limit.write_text("400")
await until(bursts, watch, [])
print(await told(bursts, 'big/59/a.txt'), await told(bursts, 'small/0/a.txt'))
""",
    )
    assert said.splitlines() == ["['big']", "['big'] ['small']"]


def test_a_retry_is_made_when_it_is_asked_for(tmp_path: Path) -> None:
    """Whoever knows that there is room need not wait for the next try."""
    said = play(
        tmp_path,
        {"big": "big/**"},
        "folders('big', 60)",
        """
print(list(watch.unseen))
limit.write_text("400")
await watch.retry()
print(list(watch.unseen))
""",
    )
    assert said.splitlines() == ["['big']", "[]"]


def test_a_gitignore_that_makes_room_is_enough(tmp_path: Path) -> None:
    """A large tree that is ignored from now on needs no watches."""
    said = play(
        tmp_path,
        {"big": "big/**"},
        "(root / '.git').mkdir(); folders('big/heavy', 60); folders('big/light', 3)",
        """
print(list(watch.unseen))
(root / ".gitignore").write_text("heavy/")
await until(bursts, watch, [])
print(await told(bursts, 'big/light/0/a.txt'))
""",
    )
    assert said.splitlines() == ["['big']", "['big']"]
