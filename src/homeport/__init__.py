"""Homeport: one typed Python file describes a stack of services; one command runs it.

This module holds the words of such a file, each imported when it is first used. Nothing inside the house imports it.
"""

TYPE_CHECKING = False  # type checkers know this name; importing typing would cost every command 8 ms

if TYPE_CHECKING:
    from homeport.components.postgres import Postgres
    from homeport.components.rabbitmq import RabbitMQ
    from homeport.components.redis import Redis
    from homeport.components.stack import Stack
    from homeport.components.valkey import Valkey
    from homeport.config.words.component import Component
    from homeport.config.words.files import Files, files
    from homeport.config.words.links import Link, link
    from homeport.config.words.needs import Need, completed, ready, started
    from homeport.config.words.options import Option
    from homeport.config.words.policies import Keep, Restart, Stop, keep, restart, stop
    from homeport.config.words.ports import Port, fixed, port
    from homeport.config.words.probes import Probe, command, http, log, tcp
    from homeport.config.words.references import Reference
    from homeport.config.words.scope import Group, Scope
    from homeport.config.words.secrets import Secret, SecretValue, Source, environ, file, key, password
    from homeport.config.words.services import Service
    from homeport.config.words.settings import Settings
    from homeport.config.words.tasks import Task
    from homeport.config.words.this import this
    from homeport.config.words.tools import Tool

__all__ = [
    "Component",
    "Files",
    "Group",
    "Keep",
    "Link",
    "Need",
    "Option",
    "Port",
    "Postgres",
    "Probe",
    "RabbitMQ",
    "Redis",
    "Reference",
    "Restart",
    "Scope",
    "Secret",
    "SecretValue",
    "Service",
    "Settings",
    "Source",
    "Stack",
    "Stop",
    "Task",
    "Tool",
    "Valkey",
    "command",
    "completed",
    "environ",
    "file",
    "files",
    "fixed",
    "http",
    "keep",
    "key",
    "link",
    "log",
    "password",
    "port",
    "ready",
    "restart",
    "started",
    "stop",
    "tcp",
    "this",
]

_HOMES = {
    "Component": "config.words.component",
    "Files": "config.words.files",
    "Group": "config.words.scope",
    "Keep": "config.words.policies",
    "Link": "config.words.links",
    "Need": "config.words.needs",
    "Option": "config.words.options",
    "Port": "config.words.ports",
    "Postgres": "components.postgres",
    "Probe": "config.words.probes",
    "RabbitMQ": "components.rabbitmq",
    "Redis": "components.redis",
    "Reference": "config.words.references",
    "Restart": "config.words.policies",
    "Scope": "config.words.scope",
    "Secret": "config.words.secrets",
    "SecretValue": "config.words.secrets",
    "Service": "config.words.services",
    "Settings": "config.words.settings",
    "Source": "config.words.secrets",
    "Stack": "components.stack",
    "Stop": "config.words.policies",
    "Task": "config.words.tasks",
    "Tool": "config.words.tools",
    "Valkey": "components.valkey",
    "command": "config.words.probes",
    "completed": "config.words.needs",
    "environ": "config.words.secrets",
    "file": "config.words.secrets",
    "files": "config.words.files",
    "fixed": "config.words.ports",
    "http": "config.words.probes",
    "keep": "config.words.policies",
    "key": "config.words.secrets",
    "link": "config.words.links",
    "log": "config.words.probes",
    "password": "config.words.secrets",
    "port": "config.words.ports",
    "ready": "config.words.needs",
    "restart": "config.words.policies",
    "started": "config.words.needs",
    "stop": "config.words.policies",
    "tcp": "config.words.probes",
    "this": "config.words.this",
}
"""Where each word lives, below this package."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f'module "homeport" has no word "{name}"')
    from importlib import import_module

    found: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found  # the next use costs nothing
    return found


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
