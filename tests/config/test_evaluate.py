"""The evaluation of a file: what leaves it, whatever it does, within bounds."""

import asyncio
import json
import os
import resource
import select
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from homeport.config.child_process import CHILD
from homeport.config.evaluate import ChildEvaluator
from homeport.config.interpreter import choose
from homeport.model.errors import ConfigError
from homeport.model.nodes import Service
from homeport.model.parts import Exec, Where

HEAD = 'from homeport import Stack\n\nstack = Stack("shop")\n'
ONE = 'stack.service("api", run="python api.py")\n'


async def test_a_file_becomes_a_graph(evaluate, tmp_path):
    """What a file declares is in the graph, with its place, the interpreter and the file itself as source."""
    graph = await evaluate(HEAD + ONE)
    assert graph.stack == "shop"
    assert graph.root == str(tmp_path)
    assert graph.nodes["api"].at == Where(str(tmp_path / "stack.py"), 4)
    assert graph.sources == (str(tmp_path / "stack.py"),)
    assert graph.interpreter == sys.executable


async def test_prints_become_notes(evaluate):
    """What a file prints is kept as notes, with references as people read them."""
    graph = await evaluate(HEAD + 'api = stack.service("api", run="x", port=80)\nprint("at", api.url)\n')
    assert graph.notes == ("at http://{api.host}:{api.port}",)


async def test_imports_includes_and_env_files_are_sources(evaluate, tmp_path):
    """Every file that the evaluation read is a source, and a pattern stands for files to come."""
    text = HEAD + 'import common\nstack.include("services/*/stack.py")\nstack.env_file("own.env")\n'
    service = 'from homeport import Stack\nStack.current().service("api", run=["python", "api.py"])\n'
    graph = await evaluate(text, {"common.py": "", "services/a/stack.py": service, "own.env": "A=1\n"})
    below = {source.removeprefix(f"{tmp_path}/") for source in graph.sources}
    assert below == {"stack.py", "common.py", "services/*/stack.py", "services/a/stack.py", "own.env"}


async def test_paths_belong_to_the_file_that_says_them(evaluate, tmp_path):
    """An included file's services run in its own folder, and its patterns start there."""
    service = 'from homeport import Stack\nStack.current().service("api", run="python api.py", reload=["src/", "../lib/*.py"])\n'
    graph = await evaluate(HEAD + 'stack.include("a/stack.py")\n', {"a/stack.py": service})
    api = graph.nodes["api"]
    assert isinstance(api, Service)
    assert api.cwd == str(tmp_path / "a")
    assert [(rule.base, rule.patterns) for rule in api.reload] == [
        (str(tmp_path / "a"), ("src/",)),
        (str(tmp_path), ("lib/*.py",)),
    ]


async def test_a_broken_file_tells_what_it_had_read(evaluate, tmp_path):
    """The error of a broken file names the files that must be watched until it is mended."""
    with pytest.raises(ConfigError) as caught:
        await evaluate(HEAD + "import common\nnonsense\n", {"common.py": ""})
    assert set(caught.value.sources) == {str(tmp_path / "stack.py"), str(tmp_path / "common.py")}


async def test_a_file_cannot_import_what_is_ours_alone(evaluate):
    """Only homeport becomes importable: our dependencies do not leak into a project that lacks them."""
    text = HEAD + "import sys\nprint([name for name in ('msgspec', 'click', 'psutil') if name in sys.modules])\n" + ONE
    graph = await evaluate(text)
    assert graph.notes == ("[]",)


async def test_a_file_is_a_module_of_its_own(evaluate):
    """Type hints in a file and in an included one are found where they were written."""
    text = """
from __future__ import annotations
from dataclasses import dataclass
from typing import get_type_hints
from homeport import Stack

@dataclass
class Shard:
    parent: Shard | None

get_type_hints(Shard)
"""
    graph = await evaluate(
        text + HEAD.splitlines()[-1] + '\nstack.include("b.py")\n', {"b.py": text + f"stack = Stack.current()\n{ONE}"}
    )
    assert "api" in graph.nodes


async def test_a_safe_path_is_kept(evaluate):
    """PYTHONSAFEPATH costs no entry of the interpreter's own path."""
    environ = {"PATH": "/usr/bin:/bin", "PYTHONSAFEPATH": "1"}
    graph = await evaluate(HEAD + ONE + "import beside, json\n", {"beside.py": ""}, environ=environ)
    assert len(graph.sources) == 2


async def test_output_is_bounded(evaluate):
    """A file that prints without end is heard up to a limit and evaluated all the same."""
    graph = await evaluate(HEAD + ONE + "for _ in range(200_000): print('x' * 50)\n")
    assert sum(map(len, graph.notes)) <= 64 * 1024


async def test_a_file_that_waits_is_ended_with_its_line(evaluate):
    """A file that never ends is ended at the limit, with the line at which it was."""
    with pytest.raises(ConfigError) as caught:
        await evaluate(HEAD + "import threading\nthreading.Event().wait()\n", limit=0.5)
    assert caught.value.mistakes[0].line == 5
    assert "did not end within 500ms" in caught.value.what


async def test_what_a_file_started_ends_with_it(evaluate, tmp_path):
    """Programs that a file started do not outlive its evaluation."""
    text = HEAD + "import subprocess\nprint(subprocess.Popen(['sleep', '600']).pid, flush=True)\n" + ONE
    graph = await evaluate(text)
    with suppress(ProcessLookupError):  # it was killed, and the kernel may be done with it already
        fd = os.pidfd_open(int(graph.notes[0]))
        assert select.select([fd], [], [], 5.0)[0]
        os.close(fd)


async def test_threads_do_not_hold_the_evaluation_up(evaluate):
    """A thread that a file left running does not keep its evaluation from ending."""
    text = HEAD + "import threading\nthreading.Thread(target=threading.Event().wait).start()\n" + ONE
    graph = await evaluate(text)
    assert "api" in graph.nodes


async def test_input_is_at_its_end(evaluate):
    """A file that asks for input gets none, instead of waiting for it."""
    with pytest.raises(ConfigError, match="EOFError"):
        await evaluate(HEAD + "input()\n")


async def test_a_cancelled_evaluation_leaves_no_process(evaluate, tmp_path):
    """Cancelling an evaluation ends its process."""
    started = tmp_path / "pid"
    os.mkfifo(started)
    text = HEAD + f"import os\nopen({str(started)!r}, 'w').write(str(os.getpid()))\nwhile True: pass\n"
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(evaluate(text))
        pid = int(await asyncio.to_thread(started.read_text))
        task.cancel()
    assert not psutil.pid_exists(pid)


EVALUATES = """
import asyncio, sys
from homeport.config.child_process import CHILD
from homeport.config.evaluate import ChildEvaluator
asyncio.run(ChildEvaluator({"PATH": "/usr/bin:/bin"}, sys.executable).evaluate(sys.argv[1], {}))
"""


def test_an_evaluation_does_not_outlive_whoever_asked(tmp_path):
    """Killed with signal 9, Homeport leaves no evaluation behind, however long the file would take, nor what it started."""
    (tmp_path / ".git").mkdir()
    started = tmp_path / "pids"
    os.mkfifo(started)
    file = tmp_path / "stack.py"
    file.write_text(
        "import os, subprocess\nchild = subprocess.Popen(['sleep', '600'])\n"
        f"open({str(started)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\nwhile True: pass\n"
    )
    with subprocess.Popen([sys.executable, "-c", EVALUATES, file]) as asking:
        watched = [os.pidfd_open(int(pid)) for pid in started.read_text().split()]
        asking.kill()
    for fd in watched:
        assert select.select([fd], [], [], 5.0)[0]
        os.close(fd)


async def test_a_file_that_is_gone_is_told(tmp_path):
    """A stack file that was deleted with its whole folder is named, and watched for its return."""
    gone = str(tmp_path / "gone" / "stack.py")
    with pytest.raises(ConfigError, match="the stack file is gone") as caught:
        await ChildEvaluator({}, sys.executable).evaluate(gone, {})
    assert (caught.value.mistakes[0].file, caught.value.sources) == (gone, (gone,))


async def test_a_missing_interpreter_is_told(tmp_path):
    """An interpreter that cannot be started is an error that names it."""
    (tmp_path / "stack.py").write_text(HEAD)
    with pytest.raises(ConfigError, match="cannot be started"):
        await ChildEvaluator({}, "/nowhere/python").evaluate(str(tmp_path / "stack.py"), {})


def test_the_projects_interpreter_is_chosen(tmp_path):
    """The active virtual environment comes first, then .venv beside or above the file, then our own interpreter."""
    file = tmp_path / "deep" / "stack.py"
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    assert choose(str(file), None, "own") == "own"
    python.symlink_to(sys.executable)
    assert choose(str(file), None, "own") == str(python)
    assert choose(str(file), sys.prefix, "own") == str(Path(sys.prefix) / "bin" / "python")


async def test_a_value_beyond_ascii_survives(evaluate):
    """Texts of every script arrive as they were said."""
    graph = await evaluate(HEAD + 'stack.service("api", run=["echo", "héllo — 你好 🙂"])\n')
    api = graph.nodes["api"]
    assert isinstance(api, Service)
    assert api.run == Exec(("echo", "héllo — 你好 🙂"))


async def test_too_few_files_for_an_evaluation_may_pass(evaluate, tmp_path):
    """An evaluation that gets no descriptors says which limit to raise, and that the file itself need not be wrong."""
    await evaluate(HEAD + ONE)  # whatever is opened once is open
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    try:
        with pytest.raises(ConfigError) as raised:
            await ChildEvaluator({}, sys.executable).evaluate(str(tmp_path / "stack.py"), {})
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert raised.value.passing
    assert "too many files are open" in raised.value.what
    assert "ulimit -n" in raised.value.hint


async def test_an_interpreter_without_threads_is_a_shortage(tmp_path):
    """Where nobody can watch over the evaluation, that is the machine's doing and may pass; the file is not blamed."""
    interpreter = tmp_path / ".venv" / "bin" / "python"
    interpreter.parent.mkdir(parents=True)
    answer = '{"mistakes":[],"failed":true,"unwatched":"unable to start watchdog thread"}\\0'
    interpreter.write_text(f"#!/bin/sh\nread -r request\nprintf '{answer}' >/dev/fd/$2\n")
    interpreter.chmod(0o755)
    file = tmp_path / "stack.py"
    file.write_text(HEAD + ONE)
    with pytest.raises(ConfigError) as raised:
        await ChildEvaluator({"PATH": "/usr/bin:/bin"}, sys.executable).evaluate(str(file), {})
    assert raised.value.passing
    assert "no more processes can be started" in raised.value.what
    assert "ulimit -u" in raised.value.hint


def test_a_child_that_gets_no_thread_says_so(tmp_path):
    """The child that cannot watch over itself answers with that, and no file is run."""
    file = tmp_path / "stack.py"
    file.write_text("raise SystemExit('run')\n")
    (tmp_path / "sitecustomize.py").write_text(
        'import _thread\ndef none(*_): raise RuntimeError("can\'t start new thread")\n_thread.start_new_thread = none\n'
    )
    here, there = os.pipe()
    child = [sys.executable, CHILD, str(there), str(file)]
    request = b'{"options": {}, "limit": 5}\n'
    subprocess.run(child, input=request, pass_fds=[there], env={"PYTHONPATH": str(tmp_path)}, check=True)
    os.close(there)
    with os.fdopen(here, "rb") as answer:
        told = json.loads(answer.read().rstrip(b"\0"))
    assert told["unwatched"] == "can't start new thread"
    assert told["mistakes"] == []


def test_a_folder_whose_name_is_no_text_is_refused(tmp_path):
    """A path that is not UTF-8 is told as that, with its bytes, before anything in it is blamed."""
    folder = os.path.join(os.fsencode(tmp_path), b"caf\xe9")
    os.mkdir(folder)
    file = os.fsdecode(folder) + "/stack.py"
    Path(file).write_text(HEAD + ONE)
    with pytest.raises(ConfigError, match="is not UTF-8") as raised:
        asyncio.run(ChildEvaluator({}, sys.executable).evaluate(file, {}))
    assert "rename the folder" in raised.value.hint
