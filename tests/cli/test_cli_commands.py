"""Commands as they are typed, against a house that runs nothing."""

import json
import subprocess
from collections.abc import Callable

import pytest

from homeport.cli import exits
from homeport.cli.release import VERSION
from landlord import Landlord

Homeport = Callable[..., "subprocess.CompletedProcess[str]"]


def test_version(homeport: Homeport) -> None:
    """The version is one line, and JSON when asked."""
    assert homeport("version").stdout == f"homeport {VERSION}\n"
    assert homeport("--version").stdout == f"homeport {VERSION}\n"
    assert json.loads(homeport("version", "--json").stdout) == {"version": VERSION}


def test_status_without_a_terminal_is_plain_text(at_home: Homeport) -> None:
    """No colours, no cursor movement, nothing cut."""
    told = at_home("status")
    assert told.returncode == exits.OK
    assert "\x1b" not in told.stdout
    assert "migrate   waiting   waiting for postgres, which is starting" in told.stdout


@pytest.mark.parametrize(
    ("environ", "colours"),
    [({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "0"}, False), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_colours_follow_the_environment(at_home: Homeport, environ: dict[str, str], colours: bool) -> None:
    """FORCE_COLOR wants colours where no terminal is, NO_COLOR forbids them everywhere."""
    assert ("\x1b[" in at_home("status", **environ).stdout) is colours


def test_status_is_the_same_by_the_quick_and_the_whole_way(at_home: Homeport) -> None:
    """The shortcut that skips the command line's library changes nothing."""
    quick, whole = at_home("status", "page"), at_home("status", "--instance", "x", "page")
    assert quick.stdout.splitlines()[1:] == [
        "NAME  STATE  DETAIL  ADDRESS",
        "page  ready          http://127.0.0.1:3000/",
    ]
    assert whole.returncode == exits.NOT_RUNNING


def test_status_as_json_is_a_frame(at_home: Homeport) -> None:
    """Names choose in JSON as well."""
    frame = json.loads(at_home("status", "--json", "app").stdout)
    assert [node["name"] for node in frame["nodes"]] == ["api", "page"]


def test_why_prints_the_chain(at_home: Homeport) -> None:
    """Down to the node that does not wait for another."""
    assert at_home("why", "api").stdout.splitlines() == [
        "api is waiting for migrate",
        "  because migrate: waiting for postgres, which is starting",
        "    because postgres: starting",
    ]


def test_wishes_say_what_they_concern(at_home: Homeport, landlord: Landlord) -> None:
    """A group is answered by its members."""
    assert at_home("restart", "app").stdout == "restarting: api, page\n"
    assert json.loads(at_home("disable", "page", "--json").stdout) == {"op": "disable", "names": ["page"]}
    assert at_home("pause").stdout == "saves are collected for: everything\n"
    assert at_home("trigger", "migrate", "--", "--all", "x").returncode == exits.OK
    assert at_home("scale", "api", "3").returncode == exits.OK
    wishes = landlord.house.feed.wishes
    assert wishes.args == {"migrate": ("--all", "x")}
    assert wishes.replicas == {"api": 3}
    assert at_home("scale", "api=20").stdout == "api: 20 replicas wanted\n"
    assert landlord.house.feed.wishes.replicas == {"api": 20}


def test_wait_tells_by_its_code(at_home: Homeport) -> None:
    """Ready is 0, time-out 5, and what is missing is named."""
    assert at_home("wait", "page").returncode == exits.OK
    late = at_home("wait", "api", "--timeout", "0s")
    assert (late.returncode, late.stdout) == (exits.TIMED_OUT, "")
    assert late.stderr.splitlines() == ["not ready, time is up:", "  api is waiting for migrate"]


def test_wait_says_that_it_speaks_of_what_a_broken_file_said_before(at_home: Homeport, landlord: Landlord) -> None:
    """Who has just edited the file is not told that the edit is ready."""
    landlord.do(lambda house: house.feed.say(file_error="error: bad"))
    told = at_home("wait", "page")
    assert (told.returncode, told.stdout) == (exits.OK, "ready\n")
    assert told.stderr.startswith("the stack file is broken; this answer is about its last good version")
    assert json.loads(at_home("wait", "page", "--json").stdout)["file_error"] == "error: bad"


def test_wait_says_when_the_file_is_not_read_yet(at_home: Homeport, landlord: Landlord) -> None:
    """Time was up before, so nothing is known to be missing."""
    landlord.do(lambda house: setattr(house.feed, "is_behind", True))
    told = at_home("wait", "page", "--timeout", "0s")
    assert (told.returncode, told.stderr) == (exits.TIMED_OUT, "not ready, time is up: the stack file is being read\n")


def test_exec_runs_in_the_environment_of_a_service(at_home: Homeport, landlord: Landlord) -> None:
    """Nothing of the shell's environment leaks in, and the code is passed on."""
    landlord.house.feed.environments = {"api": ({"PATH": "/usr/bin:/bin", "PORT": "8000"}, "/")}
    told = at_home("exec", "api", "--", "sh", "-c", "echo $PORT $HOME; pwd; exit 7")
    assert (told.returncode, told.stdout) == (7, "8000\n/\n")
    assert at_home("exec", "api", "--", "no-such-program").returncode == exits.OUTSIDE


def test_open_prints_the_address(at_home: Homeport) -> None:
    """The first link of a service; one without an address is refused."""
    assert at_home("open", "page", "--print").stdout == "http://127.0.0.1:3000/\n"
    assert at_home("open", "postgres").returncode == exits.REFUSED


def test_dump_is_one_document(at_home: Homeport) -> None:
    """States, holds and wishes together."""
    found = json.loads(at_home("dump").stdout)
    assert set(found) == {"frame", "holds", "wishes", "tails", "engine"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(homeport: Homeport, shell: str) -> None:
    """Each shell gets its script."""
    assert "_HOMEPORT_COMPLETE" in homeport("completion", shell).stdout


def test_names_are_completed_from_the_running_house(at_home: Homeport) -> None:
    """The shell asks, the house knows; groups are names too."""
    told = at_home(_HOMEPORT_COMPLETE="bash_complete", COMP_WORDS="homeport restart ap", COMP_CWORD="2")
    assert told.stdout.split() == ["plain,api", "plain,app"]


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        (["sttus"], 'there is no command "sttus"', 'did you mean "status"?'),
        (["why"], "missing argument 'NAME'", "`homeport why --help` shows how it is used"),
        (["logs", "--tial", "3"], 'there is no flag "--tial"', 'did you mean "--tail"?'),
        (["wait", "--timeout", "soon"], "invalid value for '--timeout': \"soon\" is no duration: expected", "--help"),
        (["why", "nope"], 'nothing is called "nope"', "the stack has postgres, migrate, api, page"),
        (["exec", "api"], "no command was given", "homeport exec api -- env"),
        (["args", "level"], '"level" gives no option a value', "write level=value"),
        (["ci", "--"], "no command follows --", "homeport ci -- pytest"),
        (["scale", "api", "-1"], 'there is no flag "-1"', "--help"),
        (["scale", "api", "many"], "invalid value for '[REPLICAS]'", "--help"),
        (["scale", "api"], '"api" does not say how many replicas', "write homeport scale api 3"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_words_are_one_error_with_a_next_step(at_home: Homeport, words: list[str], said: str, hint: str) -> None:
    """What is wrong, what to do, exit code 2, and never a traceback."""
    told = at_home(*words)
    assert told.returncode == exits.REFUSED
    assert told.stdout == ""
    first, second = told.stderr.splitlines()
    assert first.startswith(f"error: {said}")
    assert second.startswith("  try: ")
    assert hint in second


def test_nothing_runs_here(homeport: Homeport, environ: dict[str, str]) -> None:
    """A stale socket, no house at all, and no stack file are told apart by their codes."""
    assert homeport("status", HOMEPORT_SOCKET="/nowhere").returncode == exits.NOT_RUNNING
    told = homeport("status")
    assert told.returncode == exits.REFUSED
    assert told.stderr.splitlines()[0].startswith("error: there is no stack.py in ")


def test_a_house_that_dies_meanwhile_is_one_sentence(at_home: Homeport, landlord: Landlord) -> None:
    """Between the look-up and the answer a house may end."""
    landlord.end()
    assert at_home("status").returncode == exits.NOT_RUNNING
