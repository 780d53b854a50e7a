"""Words for ports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from homeport.config.words import expect
from homeport.config.words.mistakes import note, spell, wrong_type

MAIN: Final = "main"
"""The name of a port that was given without one."""


class Port:
    """A port that a service listens on, made by ``port()`` or ``fixed()``."""

    __slots__ = ("_data",)

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data


def port(number: int, *, host: int | None = None, env: str | None = None) -> Port:
    """Describes a port with more than its number.

    Args:
        number: The port that the program uses in a container, and on this machine when it is free there.
        host: Another number to use on this machine.
        env: An environment variable that tells the program this port, besides ``PORT``, which tells the first one.
    """
    return Port(_data(number, host, env, fixed=False))


def fixed(number: int, *, env: str | None = None) -> Port:
    """Describes a port of a program that cannot be told another one: it is used as it is, or it is an error.

    Args:
        number: The port that the program uses, whatever it is told.
        env: An environment variable that holds this port, for whoever reads it.
    """
    return Port(_data(number, None, env, fixed=True))


def _data(number: object, host: object, env: object, *, fixed: bool) -> dict[str, Any]:
    data: dict[str, Any] = {"number": _number(number, "number")}
    if host is not None:
        data["host"] = _number(host, "host")
    if env is not None:
        if not isinstance(env, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", env):
            wrong_type("env", "the name of an environment variable", env)
        else:
            data["env"] = env
    if fixed:
        data["fixed"] = True
    return data


def _number(given: object, argument: str) -> int:
    if isinstance(given, str) and given.isdigit():
        note(f"{argument}= takes a number, not {spell(given)}", hint=f"write {argument}={given}", argument=argument)
        return 1
    if isinstance(given, int) and not isinstance(given, bool) and not 1 <= given <= 65535:
        note(f"{argument}= is out of range: {given}", hint="ports are numbers from 1 to 65535", argument=argument)
        return 1
    return expect.whole(given, argument, 1, 65535)


def emit_ports(port: object, ports: object, host: object) -> list[dict[str, Any]]:
    """Return the data of ``port=``, ``ports=`` and ``host=``; the first one is the main one."""
    found: list[dict[str, Any]] = []
    if port is not None:
        found.append({"name": MAIN, **_one(port, "port")})
    if ports is not None:
        if not isinstance(ports, Mapping):
            wrong_type("ports", 'a dictionary such as {"http": 8080}', ports)
            ports = {}
        if port is not None:
            note("port= and ports= are both given", hint="name every port in ports=", argument="port")
        found.extend({"name": str(name), **_one(each, "ports")} for name, each in ports.items())
    if host is not None:
        if not found:
            note("host= says which number a port has here, but there is no port=", argument="host")
        elif found[0].get("fixed"):
            note("host= cannot move a fixed port", hint="use port(), not fixed()", argument="host")
        else:
            found[0]["host"] = _number(host, "host")
    return found


def _one(given: object, argument: str) -> dict[str, Any]:
    return given._data if isinstance(given, Port) else {"number": _number(given, argument)}
