"""Files into a container and out of it: the container is a folder, its programs are this machine's, as far as it has them."""

import asyncio
import io
import os
import tarfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO, Any

import pytest

from homeport.cli.inside.asking import Box
from homeport.cli.inside.copying import fetch, put
from homeport.cli.inside.packing import unpack
from homeport.model.errors import OutsideError
from homeport.ports.cluster import ClusterError, Target
from homeport.ports.fakes.cluster import FakeCluster
from homeport.ports.fakes.pods import FakeCommand, Program

ALL = ("tar", "sh", "cat", "wc", "ls", "chmod", "dd")
Boxed = Callable[..., Box]


def playing(folder: Path) -> Program:
    """Return a program of a container that is the program of this machine, run in a folder."""

    async def play(command: FakeCommand) -> AsyncIterator[Any]:
        is_given = command.argv[0] in ("sh", "dd") or "-xof" in command.argv
        given = b"".join([chunk async for chunk in command.received()]) if is_given else b""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command.argv, cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe)
        out, err = await process.communicate(given)
        command.code = process.returncode or 0
        yield "out", out
        yield "err", err

    return play


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    """The folder in which programs of the container begin."""
    (tmp_path / "box" / "tmp").mkdir(parents=True)
    return tmp_path / "box"


@pytest.fixture
async def cluster() -> FakeCluster:
    """A cluster with a pod."""
    found = FakeCluster()
    await found.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "api-1", "namespace": "default"}})
    return found


@pytest.fixture
def box(cluster: FakeCluster, inside: Path) -> Boxed:
    """Return how the pod gets a container with some programs."""

    def make(*has: str) -> Box:
        cluster.programs = {name: playing(inside) for name in has or ALL}
        return Box(cluster, Target("default", "api-1"))

    return make


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with files, a link, and a program."""
    folder = tmp_path / "src"
    (folder / "deep").mkdir(parents=True)
    (folder / "a").write_text("one")
    (folder / "link").symlink_to("a")
    os.link(folder / "a", folder / "same")
    (folder / "deep" / "run").write_bytes(os.urandom(300_000))
    (folder / "deep" / "run").chmod(0o755)
    return folder


def seen(folder: Path) -> dict[str, object]:
    """Return everything below a folder."""
    return {
        str(each.relative_to(folder)): os.readlink(each)
        if each.is_symlink()
        else (each.read_bytes(), each.stat().st_mode)
        for each in sorted(folder.rglob("*"))
        if each.is_symlink() or each.is_file()
    }


async def test_a_folder_goes_in_and_comes_back_the_same(box: Boxed, tree: Path, inside: Path, tmp_path: Path) -> None:
    """Contents, modes and links; into a folder that is there under its own name, else as the target says."""
    await put(box(), tree, "tmp", "api")
    await put(box(), tree, "other", "api")
    assert seen(inside / "tmp" / "src") == seen(inside / "other") == seen(tree)
    (tmp_path / "back").mkdir()
    await fetch(box(), "tmp/src", tmp_path / "back")
    sizes = await fetch(box(), "other", tmp_path / "back" / "new")
    assert seen(tmp_path / "back" / "src") == seen(tmp_path / "back" / "new") == seen(tree)
    assert sizes[str(tmp_path / "back" / "new" / "deep" / "run")] == 300_000


@pytest.mark.parametrize("has", [("sh", "cat", "wc", "chmod"), ("dd", "cat")])
async def test_a_file_goes_without_tar(
    box: Boxed, tree: Path, inside: Path, tmp_path: Path, has: tuple[str, ...]
) -> None:
    """By a shell or by dd, and back by cat; a folder is refused with the reason."""
    source = tree / "deep" / "run"
    await put(box(*has), source, "tmp/run", "api")
    assert (inside / "tmp" / "run").read_bytes() == source.read_bytes()
    await fetch(box(*has), "tmp/run", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == source.read_bytes()
    with pytest.raises(OutsideError, match="no tar"):
        await put(box(*has), tree, "tmp/x", "api")


async def test_what_was_not_copied_whole_is_an_error(
    cluster: FakeCluster, box: Boxed, tree: Path, inside: Path
) -> None:
    """A runtime that loses the input and reports success is found out by the size."""
    made = box("sh", "wc")
    play = cluster.programs["sh"]

    async def losing(command: FakeCommand) -> AsyncIterator[Any]:
        async for piece in play(command):
            yield piece
        os.truncate(inside / "tmp" / "a", 1)

    cluster.programs["sh"] = losing
    with pytest.raises(OutsideError, match="has 1 bytes in the container and 3 here"):
        await put(made, tree / "a", "tmp/a", "api")


async def test_nothing_is_sent_to_a_folder_that_is_not_there(box: Boxed, cluster: FakeCluster, tree: Path) -> None:
    """Who does not read it might never answer; the error names the folder and how to make it."""
    made = box()
    for program in ("tar", "sh", "dd"):
        del cluster.programs[program]
    with pytest.raises(OutsideError, match='"no ne/deep" is not a folder in the container') as refused:
        await put(made, tree, "no ne/deep/x", "api.2")
    assert refused.value.hint == "make it first: homeport exec api.2 -- mkdir -p 'no ne/deep'"


async def test_who_leaves_its_input_unread_is_asked_why(box: Boxed, cluster: FakeCluster, tree: Path) -> None:
    """The cluster does not tell the code then, but what the program said explains it."""
    made = box()

    async def refusing(_command: FakeCommand) -> AsyncIterator[Any]:
        yield "err", b"tar: no space left"
        raise ClusterError("it ended", reason="Untold")

    cluster.programs["tar"] = refusing
    with pytest.raises(OutsideError, match='"tmp/src" could not be written: tar: no space left'):
        await put(made, tree, "tmp", "api")


@pytest.mark.parametrize("has", [ALL, ("cat", "wc")])
async def test_what_cannot_be_read_leaves_nothing(box: Boxed, tmp_path: Path, has: tuple[str, ...]) -> None:
    """The container's own words are in the error, and no half file is here."""
    (tmp_path / "out").mkdir()
    with pytest.raises(OutsideError, match="No such file"):
        await fetch(box(*has), "tmp/none", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


async def test_an_image_without_any_program_says_so(box: Boxed, tree: Path, tmp_path: Path) -> None:
    """Neither way is possible, and the error says what is missing."""
    with pytest.raises(OutsideError, match="neither tar nor sh nor dd"):
        await put(box("true"), tree / "a", "x", "api")
    with pytest.raises(OutsideError, match="neither tar nor cat"):
        await fetch(box("true"), "x", tmp_path / "x")


async def test_links_stay_links_wherever_they_lead(box: Boxed, tree: Path, inside: Path, tmp_path: Path) -> None:
    """An absolute one and one out of the folder go in and come back as they are, and nothing is put where they lead."""
    (tree / "absolute").symlink_to(tmp_path / "victim")
    (tree / "deep" / "out").symlink_to("../../../victim")
    await put(box(), tree, "tmp", "api")
    await fetch(box(), "tmp/src", tmp_path / "back")
    await fetch(box(), "tmp/src", tmp_path / "back")  # and over a copy that is there
    await fetch(box(), "tmp/src/absolute", tmp_path / "alone")
    assert seen(tmp_path / "back" / "src") == seen(inside / "tmp" / "src") != {}
    assert seen(inside / "tmp" / "src") == seen(tree)
    assert os.readlink(tmp_path / "alone") == str(tmp_path / "victim")
    assert not (tmp_path / "victim").exists()


def archived(path: Path, *members: tuple[str, bytes, str]) -> IO[bytes]:
    """Return an archive with members of a name, a type, and where they lead."""
    with tarfile.open(path, "w") as archive:
        for name, kind, leads in members:
            made = tarfile.TarInfo(name)
            made.type, made.linkname, made.mode = kind, leads, 0o755
            made.size = 4 if kind == tarfile.REGTYPE else 0
            archive.addfile(made, io.BytesIO(b"evil"))
    return path.open("rb")


def test_what_an_archive_leads_elsewhere_is_left_out_and_told(tmp_path: Path) -> None:
    """Through a link, onto another name of a file, and what is no file: each is named, and the rest is there."""
    (tmp_path / "safe").mkdir()
    (victim := tmp_path / "victim").mkdir()
    (victim / "file").write_text("mine")
    members = [
        ("d", tarfile.DIRTYPE, ""),
        ("d/out", tarfile.SYMTYPE, str(victim)),
        ("d/out/new", tarfile.REGTYPE, ""),
        ("d/up", tarfile.SYMTYPE, "../../victim/file"),
        ("d/same", tarfile.LNKTYPE, "d/up"),
        ("d/other", tarfile.LNKTYPE, "d/out/file"),
        ("d/pipe", tarfile.FIFOTYPE, ""),
        ("d/up", tarfile.REGTYPE, ""),
        ("d/good", tarfile.REGTYPE, ""),
    ]
    with archived(tmp_path / "a.tar", *members) as archive:
        sizes, left_out = unpack(archive, "d", tmp_path / "safe" / "e")
    assert sizes == {"e/up": 4, "e/good": 4}
    assert [each.split()[0] for each in left_out] == ['"e/out/new"', '"e/same"', '"e/other"', '"e/pipe"']
    assert [(each.name, each.read_text()) for each in victim.iterdir()] == [("file", "mine")]
    assert os.readlink(tmp_path / "safe" / "e" / "out") == str(victim)
    assert (tmp_path / "safe" / "e" / "up").read_text() == "evil"


def test_a_link_at_the_root_of_an_archive_is_not_followed(tmp_path: Path) -> None:
    """Whatever the archive sends after it: where the link leads, nothing is written, and no permission is changed."""
    (victim := tmp_path / "victim").mkdir(mode=0o700)
    members = [("d", tarfile.SYMTYPE, str(victim)), ("d/new", tarfile.REGTYPE, ""), ("d", tarfile.DIRTYPE, "")]
    with archived(tmp_path / "a.tar", *members) as archive:
        sizes, left_out = unpack(archive, "d", tmp_path / "e")
    assert (sizes, [each.split()[0] for each in left_out]) == ({}, ['"e/new"'])
    assert (list(victim.iterdir()), victim.stat().st_mode & 0o777) == ([], 0o700)


def test_a_copy_goes_into_the_folder_to_which_a_link_of_ours_leads(tmp_path: Path) -> None:
    """A link that was there before is what its owner wants."""
    (tmp_path / "real").mkdir()
    (tmp_path / "e").symlink_to("real")
    with archived(tmp_path / "a.tar", ("d", tarfile.DIRTYPE, ""), ("d/new", tarfile.REGTYPE, "")) as archive:
        assert unpack(archive, "d", tmp_path / "e") == ({"e/new": 4}, [])
    assert (tmp_path / "real" / "new").read_text() == "evil"


async def test_what_no_archive_can_hold_is_told_and_the_rest_is_copied(box: Boxed, tree: Path, inside: Path) -> None:
    """A pipe is named, and all else is there."""
    os.mkfifo(tree / "pipe")
    with pytest.raises(OutsideError, match='not everything was copied: "src/pipe" is neither a file'):
        await put(box(), tree, "tmp", "api")
    (tree / "pipe").unlink()
    assert seen(inside / "tmp" / "src") == seen(tree)
