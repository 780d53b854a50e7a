"""Commands that work without a house: from the registry, the memory and the files of logs."""

import json
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from homeport.cli import exits
from homeport.cli.call import Call
from homeport.cli.offline import log_names, of_container
from homeport.cli.registry import names_of, socket_in, state_folder
from homeport.logs.book import DiskLogBook
from homeport.logs.reader import LogReader
from homeport.machine.instances.folders import folders_of
from homeport.machine.instances.instance import Instance
from homeport.machine.instances.registry import Instances

STACK = """\
from homeport import Stack

stack = Stack("shop")
stack.option("level", default="info", choices=["info", "debug"], help="How much is said.")
stack.option("size", default=1)
stack.service("api", run="sleep 1000")
"""
Homeport = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def instance(tmp_path: Path, environ: dict[str, str]) -> Instance:
    """A stack that ran once and said three lines."""
    root = tmp_path / "shop"
    root.mkdir()
    (root / "stack.py").write_text(STACK)
    found = Instances(folders_of(environ)).resolve("shop", root / "stack.py")
    book = DiskLogBook(found.logs, wall=iter(range(1, 99)).__next__)
    writer = book.writer("api", run=1)
    writer.feed("out", b"one\ntwo error\n")
    writer.close()
    writer = book.writer("db", run=1)
    writer.feed("err", b"three\n")
    writer.close()
    book.close()
    return found


def test_the_plain_registry_reads_what_the_machine_wrote(
    tmp_path: Path, environ: dict[str, str], instance: Instance
) -> None:
    """Folder, names and socket are the same by both readers."""
    folders = folders_of(environ)
    state = state_folder(environ)
    assert Path(state) == folders.state
    assert names_of(state, str(instance.file), None) == ["shop"]
    assert names_of(state, str(tmp_path / "else" / "stack.py"), None) == []
    known = Instances(folders)
    known.resolve("shop", instance.file, "blue-2")
    assert names_of(state, str(instance.file), None) == ["shop"]
    assert names_of(state, None, "blue-2") == ["blue-2"]
    for name in ("shop", "blue-2"):
        named = known.named(name)
        assert named is not None
        house = named.claim(1.0)
        assert socket_in(state, name) == str(named.socket())
        house.close()  # type: ignore[union-attr]
        assert socket_in(state, name) is None


def test_logs_without_a_house(homeport: Homeport, instance: Instance) -> None:
    """Lines, filters and JSON come from the files."""
    at = instance.root
    assert homeport("logs", cwd=at).stdout == "api | one\napi | two error\ndb  | three\n"
    assert homeport("logs", "d*", cwd=at).stdout == "db | three\n"
    assert homeport("logs", "--tail", "1", cwd=at).stdout == "db  | three\n"
    assert homeport("logs", "api", "--run", "0", cwd=at).stdout == "api | one\napi | two error\n"
    assert homeport("logs", "api", "--run", "-1", cwd=at).stdout == ""
    assert "leave one of them out" in homeport("logs", "-f", "--run", "0", cwd=at).stderr
    assert homeport("logs", "--grep", "^t", cwd=at).stdout == "api | two error\ndb  | three\n"
    lines = [json.loads(line) for line in homeport("logs", "api", "--json", cwd=at).stdout.splitlines()]
    assert [(line["service"], line["number"], line["text"]) for line in lines] == [
        ("api", 1, "one"),
        ("api", 2, "two error"),
    ]


def test_replicas_go_by_the_name_of_their_service(homeport: Homeport, instance: Instance) -> None:
    """What replicas said, each in a log of its own, is found by the name that the stack file says."""
    book = DiskLogBook(instance.logs, wall=iter(range(1, 99)).__next__)
    for replica in ("chat.1", "chat.2"):
        book.writer(replica, run=1).feed("out", b"hello\n")
    book.close()
    at = instance.root
    assert homeport("logs", "chat", cwd=at).stdout == "chat.1 | hello\nchat.2 | hello\n"
    assert homeport("logs", "chat.2", cwd=at).stdout == "chat.2 | hello\n"
    assert homeport("disable", "c*", cwd=at).stdout.endswith(": chat\n")
    assert len(json.loads(homeport("dump", cwd=at).stdout)["tails"]["chat"]) == 2


def test_containers_beside_a_service_go_by_its_name(homeport: Homeport, instance: Instance) -> None:
    """The name of a service means its sidecars in all pods too; -c, or a slash, picks one container of each pod."""
    book = DiskLogBook(instance.logs, wall=iter(range(1, 99)).__next__)
    for log in ("chat.a1b2c", "chat.a1b2c/proxy", "chat.d3e4f"):
        book.writer(log, run=1).feed("out", b"hello\n")
    book.close()
    at = instance.root

    def spoke(*words: str) -> list[str]:
        told = homeport("logs", *words, "--json", cwd=at).stdout
        return [json.loads(line)["service"] for line in told.splitlines()]

    assert spoke("chat") == ["chat.a1b2c", "chat.a1b2c/proxy", "chat.d3e4f"]
    assert spoke("chat", "-c", "chat") == spoke("chat/chat") == ["chat.a1b2c", "chat.d3e4f"]
    assert spoke("chat", "-c", "proxy") == spoke("chat/proxy") == ["chat.a1b2c/proxy"]
    told = homeport("logs", "chat", "-c", "prxy", cwd=at)
    assert (told.returncode, told.stderr.splitlines()[1]) == (exits.REFUSED, "  try: those that did: chat, proxy")


@pytest.mark.parametrize(
    ("said", "container", "meant"),
    [
        ("chat", None, ["chat"]),
        ("chat", "proxy", ["chat/proxy"]),
        ("ch*/proxy", None, ["chat/proxy"]),
        ("chat.a1b2c/proxy", None, ["chat.a1b2c/proxy"]),
        ("chat.a1b2c", "proxy", ["chat.a1b2c/proxy"]),
    ],
)
def test_who_chooses_a_container_chooses_it_in_pods_to_come(
    environ: dict[str, str], instance: Instance, said: str, container: str | None, meant: list[str]
) -> None:
    """Whoever follows the logs sees those of the next rollout, too, unless one pod was named."""
    book = DiskLogBook(instance.logs, wall=iter(range(1, 99)).__next__)
    for log in ("chat.a1b2c", "chat.a1b2c/proxy", "chat.d3e4f/proxy"):
        book.writer(log, run=1).feed("out", b"hello\n")
    book.close()
    reader = LogReader(instance.logs)
    found = log_names(Call(environ, str(instance.file)), reader, [said])
    assert (found if container is None else of_container(reader, found, container)) == meant


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["logs", "apo"], 'nothing called "apo" ever wrote a line'),
        (["logs", "--grep", "("], '--grep "(" is not a regular expression'),
        (["logs", "--since", "soon"], '--since "soon" is neither a duration nor a time'),
        (["logs", "--instance", "green"], 'there is no instance "green"'),
    ],
)
def test_wrong_words_for_logs(homeport: Homeport, instance: Instance, words: list[str], said: str) -> None:
    """One error and a next step."""
    told = homeport(*words, cwd=instance.root)
    assert told.returncode == exits.REFUSED
    assert told.stderr.startswith(f"error: {said}")
    assert "  try: " in told.stderr


def test_a_stack_that_never_ran_says_so(homeport: Homeport, tmp_path: Path) -> None:
    """There are no logs to show and nothing to remember yet."""
    (tmp_path / "stack.py").write_text("")
    for words in (["logs"], ["disable", "api"], ["dump"]):
        told = homeport(*words)
        assert told.returncode == exits.REFUSED
        assert told.stderr.startswith("error: this stack never ran on this machine")


def test_wishes_without_a_house_are_remembered(homeport: Homeport, instance: Instance) -> None:
    """The next `up` obeys them, and `dump` shows them."""
    at = instance.root
    assert homeport("disable", "api", cwd=at).stdout == "disabled from the next `homeport up` of shop on: api\n"
    assert homeport("enable", "d*", cwd=at).returncode == exits.OK
    assert homeport("args", "level=debug", "size=3", cwd=at).returncode == exits.OK
    assert json.loads(homeport("args", "--forget", "size", "--json", cwd=at).stdout)["options"] == {"level": "debug"}
    found = json.loads(homeport("dump", cwd=at).stdout)
    assert found["wishes"]["enabled"] == {"api": False, "db": True}
    assert found["wishes"]["options"] == {"level": "debug"}
    assert [line["text"] for line in found["tails"]["api"]] == ["one", "two error"]


def test_ps_lists_what_does_not_run_only_when_asked(homeport: Homeport, instance: Instance, tmp_path: Path) -> None:
    """From anywhere on the machine."""
    assert homeport("ps").stdout == "nothing runs on this machine\n"
    assert [one["name"] for one in json.loads(homeport("ps", "--all", "--json").stdout)] == ["shop"]
    instance.file.unlink()
    assert "stopped, its stack file is gone" in homeport("ps", "--all").stdout


def test_down_without_a_house_is_no_error(homeport: Homeport, instance: Instance) -> None:
    """There is nothing to end; data go only when asked, and are named first."""
    data = instance.data / "db"
    data.mkdir(parents=True)
    assert homeport("down", cwd=instance.root).stdout == "nothing runs here\n"
    assert data.is_dir()
    told = homeport("down", "--data", cwd=instance.root)
    assert told.stdout == f"nothing runs here\nremoving {data}\n"
    assert not data.exists()


def test_a_stale_socket_does_not_run(homeport: Homeport, instance: Instance) -> None:
    """A house that was killed left a socket and a note: commands see through both."""
    house = instance.claim(1.0)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(instance.socket()))
    told = homeport("status", cwd=instance.root)
    house.close()  # type: ignore[union-attr]
    instance.socket().unlink()
    assert told.returncode == exits.NOT_RUNNING
    assert told.stderr.startswith('error: "shop" does not run')


def test_doctor_checks_the_machine(homeport: Homeport, instance: Instance) -> None:
    """Every finding has a verdict, and what is wrong has a fix."""
    instance.file.unlink()
    told = homeport("doctor", "--json")
    found = json.loads(told.stdout)
    assert told.returncode == (exits.OK if found["ok"] else exits.FAILED)
    assert {"python", "state folder", "instances"} <= {finding["check"] for finding in found["findings"]}
    (gone,) = [finding for finding in found["findings"] if "its stack file is gone" in finding["said"]]
    assert gone["verdict"] == "warning"
    assert gone["fix"] == "homeport prune"


def test_options_are_shown_and_checked(homeport: Homeport, tmp_path: Path) -> None:
    """Before the first `up` as well: names, types and choices are the file's, and nothing wrong is remembered."""
    (tmp_path / "stack.py").write_text(STACK)
    assert homeport("args", "level=debug").stdout.splitlines() == [
        "OPTION  VALUE  TYPE          HELP",
        "level   debug  info | debug  How much is said. (default: info)",
        "size    1      integer",
        "remembered; the next `homeport up` uses them",
    ]
    for word, said in (("lvl=x", 'has no option "lvl"'), ("level=loud", "loud"), ("size=many", "many")):
        told = homeport("args", word)
        assert told.returncode == exits.REFUSED
        assert said in told.stderr
    assert json.loads(homeport("args", "--json").stdout)["options"] == {"level": "debug"}


def test_no_secret_is_remembered_under_a_name_that_does_not_tell(homeport: Homeport, tmp_path: Path) -> None:
    """Without a house as with one: it would stand in plain text in a file."""
    (tmp_path / "stack.py").write_text(STACK + 'stack.option("greeting", default="")\n')
    told = homeport("args", "greeting=canary-4711", A_TOKEN="canary-4711")
    assert told.returncode == exits.REFUSED
    assert 'the value of the option "greeting" has a secret in it' in told.stderr
    assert json.loads(homeport("args", "--json").stdout)["options"] == {}


@pytest.mark.parametrize("words", [["status"], ["logs"], ["up"]])
def test_a_working_folder_that_is_gone_is_told(environ: dict[str, str], tmp_path: Path, words: list[str]) -> None:
    """Who deleted the folder under a shell is told so, and how an instance is reached from elsewhere."""
    folder = tmp_path / "gone"
    folder.mkdir()
    command = ["/bin/sh", "-c", 'rmdir "$PWD" && exec "$@"', "sh", sys.executable, "-P", "-m", "homeport", *words]
    told = subprocess.run(command, env=environ, cwd=folder, text=True, capture_output=True, check=False)
    assert told.returncode == exits.REFUSED
    assert told.stderr.startswith("error: the working folder does not exist any more\n  try: ")


def test_doctor_does_not_mend_what_is_no_folder_of_ours(homeport: Homeport) -> None:
    """Where nothing can be made below a place that is not ours to change, another place is advised."""
    told = homeport("doctor", XDG_CACHE_HOME="/dev/null/cache")
    assert "set XDG_CACHE_HOME (or HOME) to a folder of yours" in told.stdout
    assert "chmod" not in told.stdout


@pytest.mark.parametrize("keep", [[], ["--keep"]])
def test_ci_reports_a_broken_file(homeport: Homeport, tmp_path: Path, keep: list[str]) -> None:
    """Where the house cannot open, the reports are there all the same, and say why."""
    (tmp_path / "stack.py").write_text("from homeport import Stack\nStack('shop').task('t', rnu='true')\n")
    done = homeport("ci", *keep, "--report", "found")
    assert done.returncode == exits.REFUSED
    assert "rnu" in done.stderr
    report = json.loads((tmp_path / "found" / "homeport.json").read_text())
    assert (report["outcome"], report["exit"]) == ("failed", exits.REFUSED)
    assert "rnu" in report["error"]
    case = ET.parse(tmp_path / "found" / "homeport.xml").getroot().find(".//testcase/failure")
    assert case is not None
    assert "rnu" in (case.text or "")
