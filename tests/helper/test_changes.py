"""Files in a container: whole or not at all, and never outside of the roots."""

import errno
import os
import random
import socket
import stat
from pathlib import Path

import pytest
from asyncinotify import Inotify, Mask
from far_side import Container, Stream

from homeport.wire import helper as wire

BIG = random.Random(1).randbytes(3 << 20)


def names(folder: Path) -> set[str]:
    """Return what is in a folder."""
    return {path.name for path in folder.iterdir()}


def test_a_file_gets_its_content_and_mode(stream: Stream, container: Container) -> None:
    """Folders that are missing are made; what was there is replaced, as is its mode."""
    path = container.root / "a" / "b" / "c.py"
    for content, mode in ((b"one", 0o755), (b"", 0o600), (BIG, 0o640)):
        assert stream.write(path, content, mode) == 0
        assert path.read_bytes() == content
        assert stat.S_IMODE(path.stat().st_mode) == mode
    assert names(path.parent) == {"c.py"}


def test_a_reader_sees_the_old_file_or_the_new_one(stream: Stream, container: Container) -> None:
    """Until the last part has come the path holds what it held; who has it open keeps that."""
    path = container.root / "file"
    path.write_bytes(b"old")
    first, *others = wire.parts(stream.number(), str(path), 0o644, BIG)
    stream.send(first, *others[:-1])
    assert stream.ask(wire.Ping) == 0
    with path.open("rb") as opened:
        stream.send(others[-1])
        assert stream.ack(first.id) == 0
        assert opened.read() == b"old"
    assert path.read_bytes() == BIG


def test_writes_may_be_interleaved(stream: Stream, container: Container) -> None:
    """Parts of several files come mixed, and a small file is done before a large one that began earlier."""
    large = [list(wire.parts(stream.number(), str(container.root / f"large {at}"), 0o644, BIG)) for at in range(5)]
    for step in zip(*large, strict=True):
        stream.send(*step)
        assert stream.write(container.root / "small", b"small") == 0
    assert [stream.ack(parts[0].id) for parts in large] == [0] * 5
    assert all((container.root / f"large {at}").read_bytes() == BIG for at in range(5))


def test_a_write_that_was_given_up_leaves_nothing(stream: Stream, container: Container) -> None:
    """A reset, and the end of the stream, take away what was half written."""
    for _ in range(2):
        stream.send(next(wire.parts(stream.number(), str(container.root / "file"), 0o644, BIG)))
    assert stream.ask(wire.Ping) == 0
    assert len(names(container.root)) == 2
    stream.send(wire.Reset(1))
    assert stream.ask(wire.Ping) == 0
    assert len(names(container.root)) == 1
    stream.end()
    assert names(container.root) == set()


def test_too_many_files_at_a_time_are_refused(stream: Stream, container: Container) -> None:
    """One more than there is room for fails at once, and the others go on."""
    started = [list(wire.parts(stream.number(), str(container.root / f"{at}"), 0o644, BIG)) for at in range(17)]
    for parts in started:
        stream.send(parts[0])
    assert stream.ack(started[16][0].id) == errno.EBUSY
    stream.send(*started[16][1:], *started[0][1:])
    assert stream.ack(started[0][0].id) == 0
    assert (container.root / "0").read_bytes() == BIG


def test_a_failure_is_told_before_the_last_part(stream: Stream, container: Container) -> None:
    """Where a file cannot be, nobody has to send it whole to learn that."""
    (container.root / "file").touch()
    first, *others = wire.parts(stream.number(), str(container.root / "file" / "below"), 0o644, BIG)
    stream.send(first)
    assert stream.ack(first.id) == errno.ENOTDIR
    stream.send(*others)
    assert stream.ask(wire.Ping) == 0
    (container.root / "folder").mkdir()
    assert stream.write(container.root / "folder", b"") == errno.EISDIR
    assert names(container.root) == {"file", "folder"}


def test_removing_takes_all_below(stream: Stream, container: Container) -> None:
    """A folder goes with everything in it, a link alone; what is not there is removed already."""
    kept = container.root / "kept"
    kept.write_bytes(b"")
    deep = container.root / "folder" / "a" / "b"
    deep.mkdir(parents=True)
    for at in range(300):
        (deep / f"{at}").touch()
    (deep / "link").symlink_to(kept)
    (deep.parent / "folder link").symlink_to(container.root)
    (container.root / "link").symlink_to(deep)
    assert stream.ask(wire.Remove, f"{container.root}/link") == 0
    assert deep.exists()
    assert stream.ask(wire.Remove, f"{container.root}/folder") == 0
    assert stream.ask(wire.Remove, f"{container.root}/folder/a") == 0
    assert names(container.root) == {"kept"}


def test_moving_renames(stream: Stream, container: Container) -> None:
    """A path gets another name, in folders that are made for it, and replaces what was there."""
    (container.root / "old").write_bytes(b"x")
    assert stream.ask(wire.Move, f"{container.root}/old", f"{container.root}/a/new") == 0
    assert (container.root / "a" / "new").read_bytes() == b"x"
    assert stream.ask(wire.Move, f"{container.root}/old", f"{container.root}/other") == errno.ENOENT


def test_a_link_replaces_what_was_there(stream: Stream, container: Container) -> None:
    """A symbolic link is put in one step, also over a file; where it leads is its own affair."""
    path = container.root / "a" / "link"
    for target in ("../file", "/etc/passwd"):
        assert stream.ask(wire.Symlink, target, str(path)) == 0
        assert str(path.readlink()) == target
    assert stream.write(path, b"now a file") == 0
    assert not path.is_symlink()


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/etc/homeport-test", errno.EPERM),
        ("{root}", errno.EPERM),
        ("{root}x/file", errno.EPERM),
        ("relative", errno.EINVAL),
        ("", errno.EINVAL),
        ("{root}/../file", errno.EINVAL),
        ("{root}/a/../../file", errno.EINVAL),
        ("{root}/./file", errno.EINVAL),
        ("{root}//file", errno.EINVAL),
        ("{root}/folder/", errno.EINVAL),
        ("{root}/" + "x" * 256, errno.EINVAL),
        ("{root}/out/file", errno.EXDEV),
        ("{root}/far/file", errno.EXDEV),
        ("{root}/inner/../file", errno.EINVAL),
        ("{root}/inner/out/file", errno.EXDEV),
    ],
)
def test_no_path_leads_out_of_the_roots(program: Path, container: Container, path: str, error: int) -> None:
    """Not by name, not by "..", not through a symbolic link; not for a write, a link, a move or a removal."""
    inside, outside = container.root / "inside", container.root / "outside"
    (inside / "folder").mkdir(parents=True)
    outside.mkdir()
    (outside / "file").write_bytes(b"mine")
    (inside / "here").write_bytes(b"")
    (inside / "out").symlink_to("../outside")
    (inside / "far").symlink_to(outside)
    (inside / "inner").symlink_to("folder")
    (inside / "folder" / "out").symlink_to("../../outside")
    stream = container.serve(str(inside))
    bad = path.format(root=inside)
    if path:
        assert stream.write(bad, b"") == error
        assert stream.ask(wire.Remove, bad) == error
    assert stream.ask(wire.Symlink, "x", bad) == error
    assert stream.ask(wire.Move, bad, str(inside / "moved")) == error
    assert stream.ask(wire.Move, str(inside / "here"), bad) == error
    assert {name: (outside / name).read_bytes() for name in names(outside)} == {"file": b"mine"}
    assert names(inside) == {"folder", "here", "out", "far", "inner"}


def test_links_inside_of_a_root_are_followed(stream: Stream, container: Container) -> None:
    """A folder that is a link to another one below the same root is that other one."""
    (container.root / "real").mkdir()
    (container.root / "link").symlink_to("real")
    assert stream.write(container.root / "link" / "new" / "file", b"x") == 0
    assert (container.root / "real" / "new" / "file").read_bytes() == b"x"


@pytest.mark.parametrize("slash", ["", "/"])
def test_there_may_be_several_roots(container: Container, slash: str) -> None:
    """Each is a place to write to, with or without a last slash, and is made when it is not there."""
    roots = [container.root / "one", container.root / "two" / "deep"]
    stream = container.serve(*(f"{root}{slash}" for root in roots))
    for root in roots:
        assert stream.write(root / "file", b"x") == 0
        assert (root / "file").exists()
    assert stream.ask(wire.Move, f"{roots[0]}/file", f"{roots[1]}/other") == 0
    assert stream.write(container.root / "two" / "file", b"") == errno.EPERM


def test_everything_may_be_the_root(container: Container) -> None:
    """Below "/" links may be absolute: nothing is outside."""
    stream = container.serve("/")
    (container.root / "real").mkdir()
    (container.root / "link").symlink_to(container.root / "real")
    assert stream.write(container.root / "link" / "file", b"x") == 0
    assert (container.root / "real" / "file").read_bytes() == b"x"


def test_a_file_in_a_folder_that_may_not_be_changed_is_written_in_place(container: Container, program: Path) -> None:
    """An ordinary user's file in root's folder keeps its place; a new one there is refused."""
    folder, user = container.root / "folder", 65531 if os.geteuid() == 0 else None
    folder.mkdir()
    path = folder / "file"
    path.write_bytes(b"a longer one before")
    link, held = folder / "link", path.stat().st_ino
    link.symlink_to("file")
    if user is not None:
        os.chown(path, user, user)
    folder.chmod(0o555)
    stream = container.serve(user=user)
    assert stream.write(path, b"short", 0o750) == 0
    assert path.read_bytes() == b"short"
    assert path.stat().st_ino == held
    assert stat.S_IMODE(path.stat().st_mode) == 0o750
    assert stream.write(folder / "new", b"") == errno.EACCES
    assert stream.write(link, b"") == errno.EACCES
    folder.chmod(0o755)
    assert names(folder) == {"file", "link"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can own for others")
def test_a_replaced_file_keeps_its_owner(stream: Stream, container: Container) -> None:
    """Where the helper is root, a file still belongs to whom it belonged, who may be what the command runs as."""
    path = container.root / "file"
    path.write_bytes(b"")
    os.chown(path, 65531, 65532)
    assert stream.write(path, b"x", 0o4755) == 0
    assert (path.stat().st_uid, path.stat().st_gid, stat.S_IMODE(path.stat().st_mode)) == (65531, 65532, 0o4755)


def test_odd_names_are_names(stream: Stream, container: Container) -> None:
    """A name is bytes: spaces, line ends, what is no UTF-8."""
    for name in ("a b", "line\nend", "\udcff\udcfe", "-rf", "...", "x" * 255):
        path = container.root / name
        assert stream.write(path, b"x") == 0
        assert path.read_bytes() == b"x"


def test_a_socket_in_the_way_is_replaced(stream: Stream, container: Container) -> None:
    """What is no file gives way to one, or is removed, as in the sources."""
    path = container.root / "socket"
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))
    assert stream.write(path, b"x") == 0
    assert path.read_bytes() == b"x"


def test_what_was_replaced_is_freed_when_nobody_asks_for_anything(stream: Stream, container: Container) -> None:
    """Its answer did not wait for that; the place that it takes up is given back all the same."""
    path = container.root / "file"
    path.write_bytes(b"old")
    with Inotify(sync_timeout=10) as watched:
        watched.add_watch(path, Mask.DELETE_SELF)
        assert stream.write(path, b"new") == 0
        freed = watched.sync_get()
    assert freed is not None
    assert freed.mask & Mask.DELETE_SELF
