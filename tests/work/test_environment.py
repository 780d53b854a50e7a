"""What a program finds around it, and references at the moment of use."""

from pathlib import Path

import pytest
from workshop import AT, Workshop, run_job, service, task_job

from homeport.model.errors import Bug
from homeport.model.nodes import EnvFile, Secret, Source
from homeport.model.parts import Port, Shell
from homeport.model.values import Ref, Text
from homeport.work.launching import launch_of


def env_of(shop: Workshop, **more) -> dict[str, str]:
    """Return the environment of ``api``."""
    own = more.pop("own", {})
    values = more.pop("values", {})
    folders = more.pop("folders", ())
    interpreter = more.pop("interpreter", "/venv/bin/python")
    job = run_job(service(**more), own=own, values=values, folders=folders, interpreter=interpreter)
    return dict(launch_of(job, shop.outside).env)


def test_later_wins():
    """The shell, then the file of settings, then the service's own words."""
    shop = Workshop()
    shop.vault.load(EnvFile(".env", AT, "/repo/.env"), "x")
    env = env_of(shop, env_files=(".env",), env={"B": "own"})
    assert (env["SHELL_ONLY"], env["A"], env["B"]) == ("1", "file", "own")
    assert env["FORCE_COLOR"] == "1"
    assert (env["HOMEPORT_INSTANCE"], env["HOMEPORT_SERVICE"], env["HOMEPORT_RUN"]) == ("demo", "api", "demo/h1/api/3")


def test_ports_are_told():
    """PORT is the first port, HOST the address, and a port's own variable its number."""
    ports = (Port("http", 8000), Port("admin", 8001, env="ADMIN_PORT"))
    env = env_of(Workshop(), ports=ports, own={"http": 9000, "admin": 9001})
    assert (env["HOST"], env["PORT"], env["ADMIN_PORT"]) == ("127.0.0.1", "9000", "9001")
    assert "PORT" not in env_of(Workshop())


def test_the_path_leads_with_the_projects_own(tmp_path: Path):
    """Tools, the project's Python and installed node packages come before the shell's folders; the nearest first."""
    shop = Workshop(root=str(tmp_path), shell={"PATH": "/usr/bin:/bin:/usr/bin"})
    near, root = str(tmp_path / "web"), str(tmp_path)
    found = env_of(shop, cwd=near, folders=("/tools/node",))["PATH"].split(":")
    assert found == [
        "/tools/node",
        "/venv/bin",
        f"{near}/.venv/bin",
        f"{root}/.venv/bin",
        f"{near}/node_modules/.bin",
        f"{root}/node_modules/.bin",
        "/usr/bin",
        "/bin",
    ]


def test_homeports_own_python_stands_in_only_behind_the_projects(tmp_path: Path):
    """Where Homeport's interpreter is the project's for want of another, a ``.venv`` that comes to be leads it."""
    shop = Workshop(root=str(tmp_path), shell={"PATH": "/bin"})
    found = env_of(shop, cwd=str(tmp_path), interpreter="/homeport/bin/python")["PATH"].split(":")
    assert found[:2] == [f"{tmp_path}/.venv/bin", "/homeport/bin"]


def test_a_virtual_environment_is_named(tmp_path: Path):
    """A project's virtual environment is told as an activated one."""
    (tmp_path / "pyvenv.cfg").touch()
    env = env_of(Workshop(), interpreter=str(tmp_path / "bin" / "python"))
    assert env["VIRTUAL_ENV"] == str(tmp_path)
    assert "VIRTUAL_ENV" not in env_of(Workshop())


def test_references_become_text():
    """Addresses come from the job, secrets from the vault, folders from the memory, put together with the text around them."""
    shop = Workshop()
    shop.vault.load(Secret("key", AT, {"value": Source()}), "x")
    url = Text(("pg://", Ref("db", "host"), ":", Ref("db", "port:sql"), "/?k=", Ref("key", "value:value")))
    env = env_of(
        shop,
        values={"db.host": "127.0.0.1", "db.port:sql": "5433"},
        own={"http": 9000},
        env={
            "URL": url,
            "KEY_FILE": Text((Ref("key", "path:value"),)),
            "DATA": Text((Ref("", "data"),)),
            "RUNTIME": Text((Ref("", "runtime"),)),
            "SELF": Text((Ref("", "host"), ":", Ref("", "port:http"))),
            "HOMEPORT": Text((Ref("", "homeport"), " ", Ref("", "launcher:postgres"))),
        },
    )
    assert env["URL"] == "pg://127.0.0.1:5433/?k=s3cr3t-value"
    assert env["KEY_FILE"] == "/vault/key/value"
    assert (env["DATA"], env["RUNTIME"]) == ("/memory/data/api", "/memory/runtime/api")
    assert env["SELF"] == "127.0.0.1:9000"
    assert env["HOMEPORT"] == "/homeport/bin/python /homeport/launch.py"


def test_a_shell_line_is_run_by_a_shell():
    """Shell text goes to ``/bin/sh -c`` with its references resolved; arguments of a task follow its command."""
    shop = Workshop()
    job = run_job(service(run=Shell(Text(("serve --port ", Ref("", "port:http"))))), own={"http": 9000})
    assert launch_of(job, shop.outside).argv == ("/bin/sh", "-c", "serve --port 9000")
    assert launch_of(task_job(args=("a b",)), shop.outside).argv == ("seed", "a b")


def test_a_reference_without_a_value_is_our_mistake():
    """The plan starts nothing whose references are unknown; if it did, that would be a bug and is called one."""
    with pytest.raises(Bug):
        env_of(Workshop(), env={"A": Text((Ref("db", "port:sql"),))})
    with pytest.raises(Bug):
        env_of(Workshop(), env={"A": Text((Ref("", "port:http"),))})
