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
    from homeport.config.words.companions import InitContainer, Sidecar, init_container, sidecar
    from homeport.config.words.component import Component
    from homeport.config.words.containers import Container, container
    from homeport.config.words.files import Files, files
    from homeport.config.words.images import Image, built, dockerfile, image
    from homeport.config.words.links import Link, link
    from homeport.config.words.manifests import Manifests
    from homeport.config.words.needs import Need, completed, ready, started
    from homeport.config.words.options import Option
    from homeport.config.words.placement import Cluster, Place, docker, here, kubernetes
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
    from homeport.config.words.updates import Update, full_build, restart_after, run_after, sync

__all__ = [
    "Cluster",
    "Component",
    "Container",
    "Files",
    "Group",
    "Image",
    "InitContainer",
    "Keep",
    "Link",
    "Manifests",
    "Need",
    "Option",
    "Place",
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
    "Sidecar",
    "Source",
    "Stack",
    "Stop",
    "Task",
    "Tool",
    "Update",
    "Valkey",
    "built",
    "command",
    "completed",
    "container",
    "docker",
    "dockerfile",
    "environ",
    "file",
    "files",
    "fixed",
    "full_build",
    "here",
    "http",
    "image",
    "init_container",
    "keep",
    "key",
    "kubernetes",
    "link",
    "log",
    "password",
    "port",
    "ready",
    "restart",
    "restart_after",
    "run_after",
    "sidecar",
    "started",
    "stop",
    "sync",
    "tcp",
    "this",
]

_HOMES = {
    "Cluster": "config.words.placement",
    "Component": "config.words.component",
    "Container": "config.words.containers",
    "Files": "config.words.files",
    "Group": "config.words.scope",
    "Image": "config.words.images",
    "InitContainer": "config.words.companions",
    "Keep": "config.words.policies",
    "Link": "config.words.links",
    "Manifests": "config.words.manifests",
    "Need": "config.words.needs",
    "Option": "config.words.options",
    "Place": "config.words.placement",
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
    "Sidecar": "config.words.companions",
    "Source": "config.words.secrets",
    "Stack": "components.stack",
    "Stop": "config.words.policies",
    "Task": "config.words.tasks",
    "Tool": "config.words.tools",
    "Update": "config.words.updates",
    "Valkey": "components.valkey",
    "built": "config.words.images",
    "command": "config.words.probes",
    "completed": "config.words.needs",
    "container": "config.words.containers",
    "docker": "config.words.placement",
    "dockerfile": "config.words.images",
    "environ": "config.words.secrets",
    "file": "config.words.secrets",
    "files": "config.words.files",
    "fixed": "config.words.ports",
    "full_build": "config.words.updates",
    "here": "config.words.placement",
    "http": "config.words.probes",
    "image": "config.words.images",
    "init_container": "config.words.companions",
    "keep": "config.words.policies",
    "key": "config.words.secrets",
    "kubernetes": "config.words.placement",
    "link": "config.words.links",
    "log": "config.words.probes",
    "password": "config.words.secrets",
    "port": "config.words.ports",
    "ready": "config.words.needs",
    "restart": "config.words.policies",
    "restart_after": "config.words.updates",
    "run_after": "config.words.updates",
    "sidecar": "config.words.companions",
    "started": "config.words.needs",
    "stop": "config.words.policies",
    "sync": "config.words.updates",
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
