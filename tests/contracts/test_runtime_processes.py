"""What real programs can do to a runtime: the guardian on Linux and the portable one."""

import asyncio
import os
import resource
import select
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from homeport.adapters.process import ProcessRuntime
from homeport.model.errors import OutsideError
from homeport.ports.fakes.output import Ear
from homeport.ports.runtime import Exit, Launch, Stream

PATH = os.environ.get("PATH", os.defpath)
DETACHED = """
import os, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sh", ["sh", "-c", 'trap "" TERM HUP; echo far $$; while :; do sleep 100; done'])
    os._exit(0)
os.wait()
"""


COUNTING = """
import os, signal, sys
if os.fork() == 0:
    count = 0
    def count_one(*_):
        global count
        count += 1
        signal.setitimer(signal.ITIMER_REAL, 0.2)
    def tell(*_):
        os.write(1, b"asked %d\\n" % count)
        os._exit(0)
    signal.signal(signal.SIGTERM, count_one)
    signal.signal(signal.SIGALRM, tell)
    os.write(1, b"up\\n")
while True:
    signal.pause()
"""


@pytest.fixture(params=["linux", "portable"])
async def runtime(request: pytest.FixtureRequest) -> AsyncIterator[ProcessRuntime]:
    """Return each real runtime in turn; afterwards nothing may be left open."""
    before = os.listdir("/proc/self/fd") if sys.platform == "linux" else []
    async with ProcessRuntime(portable=request.param == "portable") as runtime:
        yield runtime
    assert len(os.listdir("/proc/self/fd") if sys.platform == "linux" else []) == len(before)


def shell(text: str, *, cwd: str = "/", tty: bool = False, **env: str) -> Launch:
    """Return a launch of a shell text."""
    return Launch("it", ("sh", "-c", text), cwd, {"PATH": PATH, **env}, tty=tty)


async def said(runtime: ProcessRuntime, launch: Launch) -> bytes:
    """Return what a program writes until it ends, streams together."""
    ear = Ear()
    process = await runtime.spawn(launch, ear)
    await process.wait()
    await process.end("SIGTERM", 5)
    return ear.all("out") + ear.all("err")


def await_end(pid: int, seconds: float = 5) -> bool:
    """Wait until a process has ended."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(fd)


async def test_big_output_is_complete(runtime: ProcessRuntime) -> None:
    """Nothing of 20 MB is lost, although the program ends right after the last byte."""
    assert len(await said(runtime, shell("head -c 20000000 /dev/zero"))) == 20_000_000


async def test_bytes_arrive_as_they_were_written(runtime: ProcessRuntime) -> None:
    r"""Binary, ``\r`` and a half line at the end are passed on untouched."""
    text = await said(runtime, shell(r"printf '10%%\r20%%\r\000\377\n\033[31mhalf'"))
    assert text == b"10%\r20%\r\x00\xff\n\x1b[31mhalf"


async def test_the_environment_is_the_launch_s(runtime: ProcessRuntime) -> None:
    """Nothing is inherited; only the mark of the run is added."""
    text = await said(runtime, Launch("it", ("/usr/bin/env",), "/", {"A": "1", "B": "x=y\nz"}))
    assert b"A=1\nB=x=y\nz\nHOMEPORT_RUN=" in text
    assert text.count(b"\n") == 4


async def test_a_large_environment_arrives(runtime: ProcessRuntime) -> None:
    """400 KB of environment are no problem."""
    env = {f"V{number}": "x" * 100_000 for number in range(4)}
    assert await said(runtime, shell("echo ${#V0} ${#V3}", **env)) == b"100000 100000\n"


async def test_the_command_is_searched_on_its_own_path_from_its_own_folder(
    runtime: ProcessRuntime, tmp_path: Path
) -> None:
    """PATH and working folder are the launch's; a file without ``#!`` is run by the shell."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "greet"
    program.write_text("echo hello from $PWD\n")
    program.chmod(0o755)
    env = {"PATH": f"bin:{PATH}"}
    told = f"hello from {tmp_path}\n".encode()
    assert await said(runtime, Launch("it", ("greet",), str(tmp_path), env)) == told
    assert await said(runtime, Launch("it", ("bin/greet",), str(tmp_path), env)) == told


async def test_a_program_gets_no_descriptor_but_its_own(runtime: ProcessRuntime) -> None:
    """Sockets, pipes and watches of Homeport and its guardian stay closed (the fourth is the listing's own)."""
    assert await said(runtime, Launch("it", ("ls", "/proc/self/fd"), "/", {"PATH": PATH})) == b"0\n1\n2\n3\n"


async def test_mask_and_niceness_are_inherited(runtime: ProcessRuntime) -> None:
    """What the user set for the shell holds for the programs."""
    assert await said(runtime, shell("umask; nice")) == b"%04o\n%d\n" % (_umask(), os.nice(0))


def _umask() -> int:
    old = os.umask(0o22)
    os.umask(old)
    return old


@pytest.fixture
def nohup() -> Iterator[None]:
    """Ignore and block signals, as a parent may have done."""
    old = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    yield
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR2})
    signal.signal(signal.SIGHUP, old)


@pytest.mark.usefixtures("nohup")
@pytest.mark.parametrize("portable", [False, True])
async def test_signals_are_as_after_a_fresh_login(*, portable: bool) -> None:
    """Even under ``nohup`` no signal is ignored or blocked in a program."""
    async with ProcessRuntime(portable=portable) as runtime:
        text = await said(
            runtime, Launch("it", ("grep", "-E", "Sig(Ign|Blk)", "/proc/self/status"), "/", {"PATH": PATH})
        )
    blocked, ignored = (int(line.split()[1], 16) for line in text.splitlines())
    # The C library keeps two signals for its own threads, which no program can name.
    nameable = sum(1 << (number - 1) for number in signal.valid_signals())
    assert (blocked, ignored & nameable) == (0, 0)


async def test_each_program_leads_its_own_session_and_group(runtime: ProcessRuntime) -> None:
    """A terminal's Ctrl-C reaches no program; a signal to a program's group reaches no other."""
    ear = Ear()
    process = await runtime.spawn(shell("echo up; exec sleep 1000"), ear)
    await ear.until(b"up")
    assert (os.getsid(process.pid), os.getpgid(process.pid)) == (process.pid, process.pid)
    await process.end("SIGKILL", 0)


async def test_a_terminal_is_a_real_one(runtime: ProcessRuntime) -> None:
    """With ``tty`` the program has a controlling terminal of the size that its environment tells, and lines end in LF."""
    text = await said(runtime, shell("tty -s && stty size; echo far > /dev/tty", tty=True, COLUMNS="132", LINES="50"))
    assert text == b"50 132\nfar\n"


async def test_a_terminal_has_an_ordinary_size_by_default(runtime: ProcessRuntime) -> None:
    """Without (or with a silly) ``COLUMNS`` and ``LINES`` it is 80 by 24."""
    assert await said(runtime, shell("stty size", tty=True, COLUMNS="wide", LINES="0")) == b"24 80\n"


async def test_text_that_is_not_utf_8_is_handed_on(runtime: ProcessRuntime) -> None:
    """What the shell's environment held as bytes arrives as the same bytes."""
    assert await said(runtime, shell('printf %s "$X"', X="caf\udce9")) == b"caf\xe9"


async def test_a_failing_listener_costs_nobody_the_ending(runtime: ProcessRuntime) -> None:
    """An output that raises is reported to the loop; waiting and ending go on, for others too."""
    failures: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: failures.append(str(what["exception"])))

    def fail(stream: Stream, data: bytes) -> None:
        raise RuntimeError(f"cannot take {data!r} of {stream}")

    process = await runtime.spawn(shell("echo one; exit 2"), fail)
    assert await process.wait() == Exit(code=2)
    assert await process.end("SIGTERM", 5) == Exit(code=2)
    assert failures == ["cannot take b'one\\n' of out"]


async def test_a_terminal_is_read_to_its_end(runtime: ProcessRuntime) -> None:
    """The last bytes before the exit are not lost on a terminal either."""
    assert await said(runtime, shell("seq 20000", tty=True)) == b"".join(b"%d\n" % n for n in range(1, 20001))


async def test_a_child_that_holds_the_pipe_does_not_hold_the_wait(runtime: ProcessRuntime) -> None:
    """``wait`` is about the program itself; what it left in its group is ended by ``end``."""
    ear = Ear()
    process = await runtime.spawn(shell("sleep 1000 & echo left $!"), ear)
    assert await process.wait() == Exit(code=0)
    left = int(ear.all().split()[1])
    os.kill(left, 0)
    await process.end("SIGTERM", 60)
    assert await_end(left)


async def test_the_whole_group_is_asked(runtime: ProcessRuntime) -> None:
    """Children of a shell get the signal as well, so that a pipeline ends without waiting for the grace."""
    ear = Ear()
    process = await runtime.spawn(shell("sleep 1000 & echo one $!; sleep 1000"), ear)
    child = int((await ear.until(b"\n")).split()[1])
    assert await process.end("SIGTERM", 60) == Exit(signal="SIGTERM")
    assert await_end(child)


async def test_nobody_is_asked_twice(runtime: ProcessRuntime) -> None:
    """A child that cleans up longer than its parent is not hurried by a second signal."""
    ear = Ear()
    process = await runtime.spawn(Launch("it", (sys.executable, "-I", "-S", "-c", COUNTING), "/", {"PATH": PATH}), ear)
    await ear.until(b"up")
    assert await process.end("SIGTERM", 60) == Exit(signal="SIGTERM")
    assert ear.all() == b"up\nasked 1\n"


async def test_a_stopped_program_can_be_asked(runtime: ProcessRuntime) -> None:
    """A program in job control's stop is continued, so that it hears the signal."""
    ear = Ear()
    process = await runtime.spawn(shell('trap "exit 8" TERM; echo up; kill -STOP $$; sleep 1000'), ear)
    await ear.until(b"up")
    assert await process.end("SIGTERM", 60) == Exit(code=8)


async def test_a_daemon_that_went_its_own_way_is_ended(runtime: ProcessRuntime) -> None:
    """Forked twice, in a session of its own, deaf to SIGTERM and holding the pipe: gone after ``end``."""
    ear = Ear()
    program = Launch("it", (sys.executable, "-I", "-S", "-c", DETACHED), "/", {"PATH": PATH})
    process = await runtime.spawn(program, ear)
    daemon = int((await ear.until(b"\n")).split()[1])
    assert await process.wait() == Exit(code=0)
    await process.end("SIGTERM", 0.05)
    assert await_end(daemon)


async def test_a_daemon_that_forgot_its_mark_is_ended_with_its_running_parent(runtime: ProcessRuntime) -> None:
    """Seen below the program when the ending begins, it is known by ancestry even without session, group and mark."""
    ear = Ear()
    text = "echo up; exec env -i setsid sh -c 'trap \"\" TERM; echo far $$; while :; do /bin/sleep 100; done' & wait"
    process = await runtime.spawn(shell(text), ear)
    daemon = int((await ear.until(b"far ")).split()[2])
    await process.end("SIGTERM", 0.05)
    assert await_end(daemon)


async def test_two_runs_do_not_touch_each_other(runtime: ProcessRuntime) -> None:
    """Ending one run leaves another one's daemon alone."""
    ears = Ear(), Ear()
    program = Launch("it", (sys.executable, "-I", "-S", "-c", DETACHED), "/", {"PATH": PATH})
    one, two = [await runtime.spawn(program, ear) for ear in ears]
    daemons = [int((await ear.until(b"\n")).split()[1]) for ear in ears]
    await one.end("SIGKILL", 0)
    assert await_end(daemons[0])
    assert not await_end(daemons[1], 0)
    await two.end("SIGKILL", 0)
    assert await_end(daemons[1])


async def test_leaving_the_runtime_ends_everything() -> None:
    """What nobody ended is ended with the runtime, politely."""
    async with ProcessRuntime() as runtime:
        ear = Ear()
        process = await runtime.spawn(
            shell('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 1000 & wait; done'), ear
        )
        await ear.until(b"up")
    assert await process.wait() == Exit(code=0)
    assert b"bye" in ear.all()


REFUSALS = [
    (("no-such-program",), "/", r'it: command "no-such-program" was not found; searched: ', "install"),
    (("./no-such",), "/", r'it: program "./no-such" does not exist in /', "path"),
    (("true",), "/no/such/folder", r'it: working folder "/no/such/folder" does not exist', "create"),
    (("true",), "/dev/null", r'it: working folder "/dev/null" cannot be entered', "folder"),
    (("/etc/passwd",), "/", r'it: "/etc/passwd" is not executable', "chmod"),
    (("/tmp",), "/", r'it: "/tmp" is a folder, expected a program', "file"),
    (("true", "x" * 3_000_000), "/", r"it: its arguments and environment \(2929 KiB\) are larger", "file"),
    (("true", "a\0b"), "/", r"it: an argument, .* NUL", "file"),
]


@pytest.mark.parametrize(("argv", "cwd", "sentence", "step"), REFUSALS, ids=[refusal[2][:30] for refusal in REFUSALS])
async def test_what_cannot_start_says_why(
    runtime: ProcessRuntime, argv: tuple[str, ...], cwd: str, sentence: str, step: str
) -> None:
    """One sentence with the given value, and one next step; the runtime goes on working."""
    with pytest.raises(OutsideError, match=f"^{sentence}") as caught:
        await runtime.spawn(Launch("it", argv, cwd, {"PATH": PATH}), Ear())
    assert step in str(caught.value.hint)
    assert await said(runtime, shell("echo on")) == b"on\n"


async def test_a_missing_interpreter_is_named(runtime: ProcessRuntime, tmp_path: Path) -> None:
    """A script is there, but what its first line names is not: that is what the error says."""
    script = tmp_path / "run"
    script.write_text("#!/no/such/python\n")
    script.chmod(0o755)
    with pytest.raises(OutsideError, match=r"interpreter that does not exist .*#!/no/such/python"):
        await runtime.spawn(Launch("it", (str(script),), "/", {"PATH": PATH}), Ear())


@pytest.fixture
def few_files() -> Iterator[None]:
    """Allow hardly more open files than there are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("few_files")
async def test_too_many_open_files_is_an_error_and_not_the_end(runtime: ProcessRuntime) -> None:
    """At the limit a start is refused with its name; afterwards everything works."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    probe = os.open("/dev/null", os.O_RDONLY)
    os.close(probe)
    resource.setrlimit(resource.RLIMIT_NOFILE, (probe + 2, hard))
    with pytest.raises(OutsideError, match="too many files are open") as caught:
        await runtime.spawn(shell("echo never"), Ear())
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert "ulimit -n" in str(caught.value.hint)
    assert await said(runtime, shell("echo on")) == b"on\n"
