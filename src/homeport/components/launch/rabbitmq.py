"""Becomes a RabbitMQ node without epmd. Its arguments are in ``README.md``.

Erlang nodes usually find each other by a daemon per machine (epmd), which would be shared between instances and outlive
them. A node with one fixed port for Erlang's own protocol needs none, if every program of this node is told that port.
"""

import argparse
import base64
import hashlib
import json
import os
import secrets
import shlex
import shutil
from pathlib import Path

from homeport.components.launch import arguments
from homeport.components.launch.folder import claim, forget, write_private
from homeport.components.launch.refusal import Refusal, guard
from homeport.components.launch.server import become, without

_NODE = "rabbit@localhost"


def hashed(password: str) -> str:
    """Return the password as RabbitMQ keeps it: a random salt and the SHA-256 of salt and password."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def definitions(options: argparse.Namespace, password: str) -> str:
    """Return who may do what, as RabbitMQ imports it on every start."""
    user, vhost = options.user, options.vhost
    rights = {"user": user, "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*"}
    login = {
        "name": user,
        "password_hash": hashed(password),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ["administrator"],
    }
    return json.dumps({"users": [login], "vhosts": [{"name": vhost}], "permissions": [rights]})


def configuration(options: argparse.Namespace, folder: Path) -> str:
    """Return ``rabbitmq.conf``; what was set by hand comes last and so wins."""
    pairs = {
        "listeners.tcp.1": f"{options.host}:{options.port}",
        "load_definitions": str(folder / "definitions.json"),
        "log.console": "true",
        "log.file": "false",
    }
    if options.management_port is not None:
        pairs |= {"management.tcp.ip": options.host, "management.tcp.port": str(options.management_port)}
    pairs |= arguments.settings(options.settings)
    return "".join(f"{key} = {value}\n" for key, value in pairs.items())


def _plugins(options: argparse.Namespace) -> str:
    names = [*(["rabbitmq_management"] if options.management_port is not None else []), *options.plugins]
    return f"[{','.join(dict.fromkeys(names))}].\n"


def _prepare(options: argparse.Namespace, folder: Path) -> None:
    """Write everything that the node reads when it starts."""
    password = arguments.password(options.password_file)
    write_private(folder / "definitions.json", definitions(options, password))
    write_private(folder / "rabbitmq.conf", configuration(options, folder))
    write_private(folder / "enabled_plugins", _plugins(options))
    if not (folder / ".erlang.cookie").exists():
        write_private(folder / ".erlang.cookie", secrets.token_hex(24), 0o400)
    write_private(folder / "rabbitmqctl", _control(options, folder), 0o700)


def _control(options: argparse.Namespace, folder: Path) -> str:
    """Return a script that talks to this node; ``ERL_FLAGS`` reaches every Erlang that it starts, so no epmd appears."""
    flags = f"-start_epmd false -erl_epmd_port {options.dist_port} -dist_listen false"
    values = {
        "HOME": str(folder),
        "ERL_FLAGS": flags,
        "RABBITMQ_NODENAME": _NODE,
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
    }
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())
    return f'#!/bin/sh\n{exports}exec {shlex.quote(str(options.bin / "rabbitmqctl"))} "$@"\n'


def environ(options: argparse.Namespace, folder: Path) -> dict[str, str]:
    """Return the node's environment; variables of another RabbitMQ or Erlang in the shell are left out."""
    flags = f"-noinput -sname {_NODE} -start_epmd false -erl_epmd_port {options.dist_port}"
    return without(os.environ, "RABBITMQ_", "ERL_", "NOTIFY_SOCKET") | {
        "HOME": str(folder),
        "RABBITMQ_NODENAME": _NODE,
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": "-",
        # "Allow input" makes the script exec Erlang instead of watching over it; -noinput takes the console away again.
        "RABBITMQ_ALLOW_INPUT": "1",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{flags} -kernel inet_dist_use_interface {{127,0,0,1}}",
    }


def _options() -> argparse.Namespace:
    parser = arguments.parser("rabbitmq")
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--dist-port", type=arguments.port, required=True)
    parser.add_argument("--management-port", type=arguments.port_or_none, metavar="N|none")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password-file", type=Path, required=True)
    parser.add_argument("--vhost", default="/")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--plugin", action="append", default=[], dest="plugins")
    return parser.parse_args()


def main() -> None:
    """Prepare the folder and become the node."""
    options = _options()
    folder = options.data.absolute()
    options.bin = options.bin.absolute()
    server = options.bin / "rabbitmq-server"
    if not os.access(server, os.X_OK):
        raise Refusal(f"there is no program 'rabbitmq-server' in '{options.bin}'")
    if shutil.which("erl") is None:
        raise Refusal("RabbitMQ needs Erlang, but there is no 'erl' on the PATH")
    claim(folder)
    if options.fresh:
        forget(folder / "mnesia")
    _prepare(options, folder)
    become(server, [], environ(options, folder))


if __name__ == "__main__":
    guard(main)
