"""What happens when the kernel has no more watches: in a user namespace with a small limit of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

STORY = """
import asyncio, pathlib, sys
from homeport.adapters.files import watcher
from homeport.model.errors import OutsideError
from homeport.model.parts import Files

pathlib.Path("/proc/sys/user/max_inotify_" + sys.argv[2]).write_text(sys.argv[3])
root = pathlib.Path(sys.argv[1])

async def main():
    async with watcher(portable=sys.argv[4] == "portable").watch({"all": [Files(str(root), ("**",))]}) as watch:
        print("placed", len(watch.unseen), flush=True)
        for i in range(50):
            (root / f"late{i}").mkdir()
        async for _ in watch.changes():
            for error in watch.unseen.values():
                raise error

try:
    asyncio.run(asyncio.wait_for(main(), 20))
except OutsideError as error:
    print(error.what, error.hint, sep="\\n")
"""


def run(root: Path, what: str, limit: int, kind: str = "linux") -> list[str]:
    """Run the story with a limit; return what it printed."""
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", sys.executable, "-c", STORY, str(root), what, str(limit), kind],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    if "unshare" in done.stderr or "Permission denied" in done.stderr:
        pytest.skip(f"no user namespaces here: {done.stderr.strip().splitlines()[-1]}")
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_too_few_watches_name_the_setting_and_the_command(tmp_path: Path) -> None:
    """A tree beyond the limit is an error at once, with the folder, the setting and what to type."""
    for i in range(50):
        (tmp_path / f"folder{i}").mkdir()
    placed, what, hint = run(tmp_path, "watches", 20)
    assert placed == "placed 1"
    assert f'"{tmp_path}' in what
    assert "fs.inotify.max_user_watches" in what
    assert "sudo sysctl fs.inotify.max_user_watches=524288" in hint


def test_a_tree_that_grows_beyond_the_limit_is_told_with_the_same_error(tmp_path: Path) -> None:
    """A watch that cannot see new folders is never silently blind: who reads its changes is told."""
    placed, what, hint = run(tmp_path, "watches", 20)
    assert placed == "placed 0"
    assert "fs.inotify.max_user_watches" in what
    assert "sudo sysctl" in hint


def test_too_few_instances_name_their_setting(tmp_path: Path) -> None:
    """The other limit has its own setting, and the error names that one."""
    what, hint = run(tmp_path, "instances", 0)
    assert "fs.inotify.max_user_instances" in what
    assert "sudo sysctl fs.inotify.max_user_instances" in hint


@pytest.mark.parametrize("what", ["watches", "instances"])
def test_the_portable_watcher_names_the_setting_too(tmp_path: Path, what: str) -> None:
    """The portable watcher is not silently blind either."""
    (tmp_path / "folder").mkdir()
    _said, hint = run(tmp_path, what, 0, "portable")
    assert f"sudo sysctl fs.inotify.max_user_{what}=" in hint
