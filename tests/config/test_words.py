"""The words: what each becomes in the graph."""

import pytest

from homeport.config.words.ports import MAIN
from homeport.model.errors import ConfigError
from homeport.model.nodes import EnvFile, Option, Secret, Service, Source, Task, Tool
from homeport.model.parts import (
    CommandProbe,
    Exec,
    Files,
    HttpProbe,
    Keep,
    Link,
    LogProbe,
    Need,
    Port,
    Restart,
    Shell,
    Stop,
    TcpProbe,
    Timing,
)
from homeport.model.values import Ref, Text

HEAD = 'from homeport import *\n\nstack = Stack("shop")\n'


async def service(evaluate, arguments, before="", **others):
    """Return the service that arguments make."""
    graph = await evaluate(HEAD + before + f'\nstack.service("it", {arguments})\n', **others)
    found = graph.nodes["it"]
    assert isinstance(found, Service)
    return found


async def test_a_list_is_argv_and_text_is_for_the_shell(evaluate):
    """A list starts a program directly, text goes to the shell."""
    assert (await service(evaluate, 'run=["echo", 5]')).run == Exec(("echo", "5"))
    assert (await service(evaluate, 'run="echo $PORT"')).run == Shell("echo $PORT")


@pytest.mark.parametrize(
    ("said", "ports"),
    [
        ("port=80", (Port(MAIN, 80),)),
        ("port=80, host=8080", (Port(MAIN, 80, host=8080),)),
        ("port=fixed(80)", (Port(MAIN, 80, fixed=True),)),
        ('ports={"a": 1, "b": port(2, host=3, env="B")}', (Port("a", 1), Port("b", 2, host=3, env="B"))),
    ],
)
async def test_ports(evaluate, said, ports):
    """Ports are numbers or port() and fixed(), alone or by name."""
    assert (await service(evaluate, f'run="x", {said}')).ports == ports


@pytest.mark.parametrize(
    ("said", "probe"),
    [
        ('http("/h", status=204, every="2s")', HttpProbe("/h", statuses=(204,), timing=Timing(every=2.0))),
        ("tcp(failures=5)", TcpProbe(timing=Timing(failures=5))),
        ('command(["true"])', CommandProbe(Exec(("true",)), Timing(timeout=10.0))),
        ('log("ready")', LogProbe("ready")),
    ],
)
async def test_probes(evaluate, said, probe):
    """Each probe arrives with its timing in seconds."""
    assert (await service(evaluate, f'run="x", port=80, ready={said}')).ready == probe


@pytest.mark.parametrize(
    "said",
    [
        'f"ws://{api.address}/x"',
        '"ws://" + api.address + "/x"',
        '"ws://%s/x" % api.address',
        '"ws://{}/x".format(api.address)',
        '"".join(["ws://", api.address, "/x"])',
    ],
)
async def test_references_inside_texts(evaluate, said):
    """However a text is put together, the references in it stay references."""
    found = await service(evaluate, f'run="x", env={{"A": {said}}}', 'api = stack.service("api", run="x", port=80)')
    assert found.env["A"] == Text(("ws://", Ref("api", "host"), ":", Ref("api", f"port:{MAIN}"), "/x"))


async def test_later_is_soft(evaluate):
    """A reference with .later gives the address without the need."""
    found = await service(evaluate, 'run="x", env={"A": api.url.later}', 'api = stack.service("api", run="x", port=80)')
    assert found.env["A"] == Text(
        ("http://", Ref("api", "host", soft=True), ":", Ref("api", f"port:{MAIN}", soft=True))
    )


async def test_a_reference_makes_the_need(evaluate):
    """What a value refers to is needed, without a word."""
    graph = await evaluate(
        HEAD + 'api = stack.service("api", run="x", port=80)\nstack.task("t", run=["echo", api.url])\n'
    )
    assert graph.needs["t"] == (Need("api"),)


async def test_this_is_the_service_itself(evaluate):
    """this.port() is the first own port, this.data the own folder; neither is a need."""
    found = await service(evaluate, 'run=["echo", this.port(), this.data], ports={"web": 80}')
    assert found.run == Exec(("echo", Text((Ref("", "port:web"),)), Text((Ref("", "data"),))))


async def test_own_data_are_kept(evaluate):
    """Whoever uses its data folder keeps it, unless it says otherwise."""
    assert (await service(evaluate, 'run=["echo", this.data]')).keeps == "folder"
    assert (await service(evaluate, 'run=["echo", this.data], keeps="run"')).keeps == "run"
    assert (await service(evaluate, 'run=["echo"]')).keeps is None


async def test_needs_and_conditions(evaluate):
    """A need is a handle, a name, or a condition with its cascade."""
    before = 'a = stack.service("a", run="x")\nb = stack.task("b", run="x")\nc = stack.redis("c")'
    found = await service(evaluate, 'run="x", needs=[started(a), completed(b, cascade=True), c, "d"]',
                          before + '\nstack.service("d", run="x")')  # fmt: skip
    assert found.needs == (Need("a", "started"), Need("b", "completed", cascade=True), Need("c"), Need("d"))


async def test_policies_links_and_files(evaluate, tmp_path):
    """Restart, stop, links and reload rules arrive as the nouns they are."""
    found = await service(
        evaluate,
        'run="x", port=80, restart=restart("on-failure", limit=3), stop=stop("SIGINT", grace="1m"), '
        'links={"API": "/docs"}, reload=[files("src/", ignore="*.tmp"), "*.py"], tty=True, starts=False, '
        'logs=keep("1Gi", age="90d")',
    )
    assert found.logs == Keep(1024**3, 90 * 86400.0)
    assert found.restart == Restart("on-failure", limit=3)
    assert found.stop == Stop("SIGINT", 60.0)
    assert found.links == (Link("API", Text(("http://", Ref("", "host"), ":", Ref("", f"port:{MAIN}"), "/docs"))),)
    assert found.reload == (Files(str(tmp_path), ("*.py",)), Files(str(tmp_path), ("src/",), ("*.tmp",)))
    assert found.tty
    assert not found.starts


async def test_a_group_is_a_label_and_shared_arguments(evaluate):
    """A member's env, needs and tools add to the group's; anything else that it says wins."""
    text = """
a = stack.service("a", run="x")
b = stack.service("b", run="x")
app = stack.group("app", env={"A": "1", "B": "1"}, needs=[a], stop="SIGINT", reload="*.py", logs="2Mi")
app.service("it", run="x", env={"B": "2"}, needs=[b], stop="SIGQUIT")
app.task("job", run="x")
"""
    graph = await evaluate(HEAD + text)
    it, job = graph.nodes["it"], graph.nodes["job"]
    assert isinstance(it, Service)
    assert isinstance(job, Task)
    assert it.groups == job.groups == ("app",)
    assert it.env == {"A": "1", "B": "2"}
    assert it.needs == (Need("a"), Need("b"))
    assert it.stop == Stop("SIGQUIT")
    assert it.logs == Keep(size=2 * 1024**2)
    assert job.stop == Stop("SIGINT")
    assert it.reload[0].patterns == ("*.py",)


async def test_secrets(evaluate, tmp_path):
    """A secret has one value or several; each is a reference, and its path another one."""
    text = """
one = stack.secret("one", password(length=20))
many = stack.secret("many", {"k": key("es256", file="k.pem"), "e": environ("E"), "f": file("f")})
stack.service("it", run="x", env={"A": one, "B": one.path, "C": many["k"].path, "D": f"<{many['e']}>"})
"""
    graph = await evaluate(HEAD + text)
    it, one, many = graph.nodes["it"], graph.nodes["one"], graph.nodes["many"]
    assert isinstance(it, Service)
    assert isinstance(one, Secret)
    assert isinstance(many, Secret)
    assert one.entries == {"value": Source(generate="password", length=20)}
    assert many.entries["k"] == Source(file=str(tmp_path / "k.pem"), generate="es256")
    assert it.env == {
        "A": Text((Ref("one", "value:value"),)),
        "B": Text((Ref("one", "path:value"),)),
        "C": Text((Ref("many", "path:k"),)),
        "D": Text(("<", Ref("many", "value:e"), ">")),
    }


async def test_settings(evaluate, tmp_path):
    """Settings are references by name; an absent optional file has none."""
    text = """
settings = stack.env_file("own.env", secret=["B"])
none = stack.env_file("none.env", optional=True)
stack.service("it", run="x", env={**settings, **none, "C": settings.get("Z", "z")}, env_file=[settings, "own.env"])
"""
    graph = await evaluate(HEAD + text, {"own.env": "A=1\nB=2\n"})
    it = graph.nodes["it"]
    assert isinstance(it, Service)
    assert it.env == {"A": Text((Ref("own.env", "value:A"),)), "B": Text((Ref("own.env", "value:B"),)), "C": "z"}
    assert it.env_files == ("own.env",)
    assert graph.nodes["own.env"] == EnvFile("own.env", graph.nodes["own.env"].at, str(tmp_path / "own.env"), ("B",))


async def test_options(evaluate):
    """An option has a typed value now, and is a reference inside values."""
    text = """
count = stack.option("count", default=2, choices=[1, 2, 3])
debug = stack.option("debug", default=False)
stack.service("it", run="x", env={"N": count}, replicas=count.value, starts=debug.value)
"""
    graph = await evaluate(HEAD + text, options={"count": "3", "debug": "yes"})
    it = graph.nodes["it"]
    assert isinstance(it, Service)
    assert (it.replicas, it.starts) == (3, True)
    assert it.env == {"N": Text((Ref("count", "value"),))}
    assert graph.nodes["count"] == Option("count", graph.nodes["count"].at, "integer", "2", "", ("1", "2", "3"))


async def test_tools_and_builds(evaluate):
    """A tool names its programs; a build is a task that its services name."""
    text = """
node = stack.node("22")
made = stack.build("made", run="make", inputs=["src/"])
stack.service("it", run=[node.program("npm"), "start"], tools=[node], build=made)
"""
    graph = await evaluate(HEAD + text)
    it, made = graph.nodes["it"], graph.nodes["made"]
    assert isinstance(it, Service)
    assert isinstance(made, Task)
    assert graph.nodes["node"] == Tool("node", graph.nodes["node"].at, "node", "22", ("node", "npm", "npx"))
    assert it.run == Exec((Text((Ref("node", "program:npm"),)), "start"))
    assert (it.builds, it.tools, made.build) == (("made",), ("node",), True)


async def test_a_secret_of_several_values_is_no_text(evaluate):
    """A handle without a text of its own is an error, never its description."""
    with pytest.raises(ConfigError, match="has several values"):
        await service(evaluate, 'run="x", env={"A": f"{s}"}', 's = stack.secret("s", {"a": password()})')
