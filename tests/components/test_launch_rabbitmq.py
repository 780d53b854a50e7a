"""The RabbitMQ launcher, on the real server."""

import base64
import json
import signal
import subprocess
import urllib.request
from pathlib import Path

import psutil
import pytest

UP = "Server startup complete"


class Broker:
    """A RabbitMQ in a folder: how to launch it and ask it."""

    def __init__(self, needs, launch, free_port, folder, password_file):
        self.bin = Path(needs("rabbitmq").programs["rabbitmq-server"]).parent
        self.port, self.dist_port, self.management_port = free_port(), free_port(), free_port()
        self.data = folder
        self.password_file = password_file
        self._launch = launch

    def launch(self, *more, **how):
        """Start the launcher."""
        fixed = ["--bin", self.bin, "--data", self.data, "--port", self.port, "--dist-port", self.dist_port]
        fixed += ["--user", "me", "--password-file", self.password_file, "--vhost", "/app"]
        return self._launch("rabbitmq", *fixed, *more, **how)

    def up(self, *more, **how):
        """Start it and wait until it is complete."""
        launched = self.launch(*more, **how)
        launched.until(UP)
        return launched

    @property
    def password(self):
        """The password as the file has it."""
        return self.password_file.read_text().rstrip("\n")

    def control(self, *arguments):
        """Run our rabbitmqctl; return what it printed."""
        argv = [self.data / "rabbitmqctl", "--quiet", *arguments]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    def call(self, method, path, body):
        """Call the management API."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.management_port}/api/{path}", json.dumps(body).encode(), method=method
        )
        login = base64.b64encode(f"me:{self.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {login}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or "null")


@pytest.fixture
def broker(needs, launch, free_port, tmp_path, password_file):
    """Return a RabbitMQ with a folder that does not exist yet."""
    return Broker(needs, launch, free_port, tmp_path / "my data", password_file)


def names(processes):
    """Return the names of processes that still exist."""
    return {process.name() for process in processes if process.is_running()}


def test_the_whole_life_of_a_broker(broker, tmp_path):
    """It is the node itself, without epmd; messages survive a polite end and a kill, and a kill leaves nothing.

    One test for several laws, since a start of RabbitMQ takes seconds: the management API answers; SIGTERM ends it
    with 0; a new password takes effect; no command line has the password; a fresh start has no messages.
    """
    first = broker.up("--management-port", broker.management_port)
    assert psutil.Process(first.process.pid).name() == "beam.smp"
    assert "epmd" not in names(first.everything())
    assert not any(broker.password in " ".join(process.cmdline()) for process in first.everything())
    broker.call("PUT", "queues/%2Fapp/q", {"durable": True})
    message = {"properties": {"delivery_mode": 2}, "routing_key": "q", "payload": "hello", "payload_encoding": "string"}
    assert broker.call("POST", "exchanges/%2Fapp/amq.default/publish", message) == {"routed": True}
    assert first.stop(signal.SIGTERM) == 0

    broker.password_file = tmp_path / "new"
    broker.password_file.write_text("new")
    second = broker.up()
    assert "Success" in broker.control("authenticate_user", "me", "new")
    assert "q\t1" in broker.control("list_queues", "-p", "/app", "name", "messages")
    assert "epmd" not in names(second.everything())
    second.kill()

    third = broker.up()
    assert "q\t1" in broker.control("list_queues", "-p", "/app", "name", "messages")
    assert third.stop(signal.SIGTERM) == 0

    broker.up("--fresh")
    assert "q\t1" not in broker.control("list_queues", "-p", "/app", "name", "messages")


def test_only_we_may_read_what_holds_a_secret(broker):
    """The cookie, the definitions and the configuration are private files in a private folder."""
    broker.launch().until("Starting RabbitMQ")
    assert broker.data.stat().st_mode & 0o077 == 0
    for name in (".erlang.cookie", "definitions.json", "rabbitmq.conf"):
        assert (broker.data / name).stat().st_mode & 0o077 == 0, name


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--bin", "/nowhere"], "there is no program 'rabbitmq-server' in '/nowhere'"),
        (["--password-file", "/nowhere/pw"], "the password file '/nowhere/pw' does not exist"),
    ],
)
def test_a_wrong_argument_is_one_sentence(broker, arguments, sentence):
    """What is wrong is said in one sentence with exit code 78."""
    refused = broker.launch(*arguments)
    assert refused.ended() == 78
    assert refused.output == f"homeport: {sentence}\n"


def test_a_missing_erlang_is_one_sentence(broker):
    """Without `erl` on the PATH the launcher says so."""
    refused = broker.launch(PATH="/nowhere")
    assert refused.ended() == 78
    assert refused.output == "homeport: RabbitMQ needs Erlang, but there is no 'erl' on the PATH\n"
