"""The Redis launcher, on the real server."""

import signal
import socket

import psutil
import pytest

UP = "eady to accept connections"


class Store:
    """A Redis: how to launch it and ask it."""

    def __init__(self, needs, launch, port, folder):
        self.program = needs("redis").programs["redis-server"]
        self.port = port
        self.data = folder
        self._launch = launch

    def launch(self, *more, **how):
        """Start the launcher."""
        fixed = ["--program", self.program, "--data", self.data, "--port", self.port]
        return self._launch("redis", *fixed, *more, **how)

    def up(self, *more, **how):
        """Start it and wait until it accepts connections."""
        launched = self.launch(*more, **how)
        launched.until(UP)
        return launched

    def ask(self, *lines):
        """Send commands, one per line; return the last answer's text."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection, connection.makefile("rb") as answers:
            for line in lines:
                connection.sendall(line.encode() + b"\r\n")
                answer = answers.readline().decode().rstrip("\r\n")
                if answer.startswith("$") and answer != "$-1":
                    answer = answers.read(int(answer[1:]) + 2).decode().rstrip("\r\n")
        return answer


@pytest.fixture
def store(needs, launch, free_port, tmp_path):
    """Return a Redis with a folder that does not exist yet."""
    return Store(needs, launch, free_port(), tmp_path / "my data")


def test_it_becomes_the_server_and_data_survive_a_polite_end(store):
    """The launched process is the server itself, SIGTERM saves and ends it with 0, the next start has the data."""
    first = store.up()
    assert "redis-server" in psutil.Process(first.process.pid).name()
    store.ask("SET k v")
    assert first.stop(signal.SIGTERM) == 0
    store.up()
    assert store.ask("GET k") == "v"


def test_append_only_data_survive_a_kill(store):
    """With the append-only file what was answered is there again after SIGKILL, and no process is left."""
    first = store.up("--append-only")
    store.ask("SET k v")
    first.kill()
    store.up("--append-only")
    assert store.ask("GET k") == "v"


def test_without_data_nothing_is_written(store, tmp_path):
    """`--data none` keeps everything in memory: nothing is saved on a polite end."""
    store.data = "none"
    before = set(tmp_path.iterdir())
    first = store.up(cwd=tmp_path)
    store.ask("SET k v")
    assert first.stop(signal.SIGTERM) == 0
    assert set(tmp_path.iterdir()) == before
    store.up()
    assert store.ask("GET k") == "$-1"


def test_the_password_is_needed_and_in_no_file_and_no_command_line(store, password_file):
    """Without the password nothing is answered; neither argv nor the data folder holds it."""
    launched = store.up("--password-file", password_file)
    assert store.ask("GET k").startswith("-NOAUTH")
    word = password_file.read_text().rstrip("\n")
    assert "ss\\w" in word
    quoted = word.replace("\\", "\\\\").replace('"', '\\"')
    assert store.ask(f'AUTH "{quoted}"', "SET k v", "GET k") == "v"
    assert "ss\\w" not in " ".join(psutil.Process(launched.process.pid).cmdline())
    launched.stop(signal.SIGTERM)
    assert not [file for file in store.data.iterdir() if word.encode() in file.read_bytes()]


def test_settings_reach_the_server(store):
    """`--set` gives a setting of the server, and wins over ours."""
    store.up("--set", "maxmemory=32mb", "--set", "appendonly=yes")
    assert store.ask("CONFIG GET maxmemory").startswith("*2")
    assert (store.data / "appendonlydir").exists() or (store.data / "appendonly.aof").exists()


def test_a_folder_in_use_is_a_sentence_that_names_the_process(store, free_port):
    """A second launcher on the same folder ends with 75 and names the first one's process."""
    first = store.up()
    store.port = free_port()
    second = store.launch()
    assert second.ended() == 75
    assert f"the data folder '{store.data}' is in use by process {first.process.pid}" in second.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--program", "/nowhere/redis"], "'/nowhere/redis' cannot be started: No such file or directory"),
        (["--password-file", "/nowhere/pw"], "the password file '/nowhere/pw' does not exist"),
        (["--set", "a b=c"], "'--set a b=c' is not KEY=VALUE on one line"),
    ],
)
def test_a_wrong_argument_is_one_sentence(store, arguments, sentence):
    """What is wrong is said in one sentence with exit code 78."""
    refused = store.launch(*arguments)
    assert refused.ended() == 78
    assert refused.output == f"homeport: {sentence}\n"
