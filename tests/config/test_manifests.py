"""Objects of the user's own: the word, and how they are read."""

import sys

import pytest

from homeport.config.manifests.loading import load
from homeport.config.manifests.parsing import objects
from homeport.config.manifests.texts import Text
from homeport.config.show import show
from homeport.model.containers import Dockerfile, NamedImage
from homeport.model.errors import ConfigError
from homeport.model.manifests import Manifests, Opened
from homeport.model.parts import Exec, Files, Need, Shell, Where
from homeport.render.fields import misspelt

HEAD = 'from homeport import *\n\nstack = Stack("shop")\n'
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n"


def node(tmp_path, *paths, **more):
    """Return manifests that are said on a line of a file."""
    at = Where(str(tmp_path / "stack.py"), 3)
    return Manifests("own", at, tuple(str(tmp_path / path) for path in paths), cwd=str(tmp_path), **more)


def names(found):
    """Return what objects are called."""
    return [each["metadata"]["name"] for each in found]


def told(tmp_path, caught):
    """Return what a person is told."""
    return show(caught.value.mistakes, root=str(tmp_path))


async def test_all_of_manifests(evaluate, tmp_path):
    """Every argument of manifests() reaches the graph; paths start at the file that says them."""
    said = (
        'stack.manifests("own", "k8s", "more/*.yaml", {"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}}, '
        'run=["print"], inputs=["src/"], cwd="k8s", needs=[stack.service("s", image="a:1")], '
        'images={"shop/api": dockerfile(), "x": "y:1"}, ports={"web": ("Service/web", 80)}, groups="g")'
    )
    graph = await evaluate(HEAD + said, files={"k8s/a.yaml": "", "more/b.yaml": "", "Dockerfile": ""})
    here = str(tmp_path)
    found = graph.nodes["own"]
    assert isinstance(found, Manifests)
    assert found == Manifests(
        "own",
        found.at,
        (f"{here}/k8s", f"{here}/more/*.yaml"),
        ({"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}},),
        Exec(("print",)),
        f"{here}/k8s",
        (Files(here, ("src/",)),),
        (Need("s"),),
        {"shop/api": Dockerfile(f"{here}/Dockerfile", here), "x": NamedImage("y:1")},
        (Opened("web", "Service/web", 80),),
        ("g",),
        (
            Files(f"{here}/k8s", ("*.yaml", "*.yml", "*.json")),
            Files(f"{here}/more", ("*.yaml",)),
            Files(here, ("src/",)),
        ),
    )


async def test_others_need_manifests(evaluate):
    """A service may need objects of the user's own, and stands after them."""
    graph = await evaluate(HEAD + 'stack.service("a", image="a:1", needs=["own"])\n'
                           'stack.manifests("own", {"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}})\n')  # fmt: skip
    assert graph.order == ("own", "a")


def test_files_folders_and_patterns_are_read(tmp_path):
    """A file, a folder's own YAML and JSON files by name, and what a pattern matches; in the order in which they are said."""
    for path in ("b.yaml", "k8s/b.yml", "k8s/a.json", "k8s/notes.txt", "k8s/deep/x.yaml", "k8s/deep/er/y.yaml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(MAP % (tmp_path / path).stem)
    assert names(load(node(tmp_path, "b.yaml", "k8s", "k8s/deep/**/*.yaml"), {})) == ["b", "a", "b", "y", "x"]


def test_a_command_prints_objects(tmp_path):
    """What a command prints is read as YAML, in its folder and with the environment of the house."""
    script = "import os; print(os.environ['TEXT'] % os.path.basename(os.getcwd()))"
    found = load(node(tmp_path, run=Exec((sys.executable, "-c", script))), {"TEXT": MAP})
    assert names(found) == [tmp_path.name]


def test_documents_lists_and_json_are_taken_apart():
    """Several documents, Lists within them, empty ones and JSON are all objects, and dates are texts."""
    one = '{"apiVersion": "v1", "kind": "A", "metadata": {"name": "NAME"}, "at": 2026-01-01}'
    items = ", ".join(one.replace("NAME", name) for name in "cd")
    listed = f'{{"apiVersion": "v1", "kind": "List", "items": [{items}]}}'
    found = objects(Text(f"---\n{MAP % 'a'}---\n# nothing\n---\n{MAP % 'b'}---\n{listed}\n", "x.yaml"))
    assert names(found) == ["a", "b", "c", "d"]
    assert found[2]["at"] == "2026-01-01"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (MAP % "a" + "data: {a: [}\n", 4, "this is no YAML"),
        (MAP % "a" + "---\nkind: Service\nmetadata: {name: a}\n", 5, "this object has no apiVersion"),
        (MAP % "a" + "---\napiVersion: v1\nkind: Service\n", 5, "this Service has no name"),
        ("- a\n- b\n", 1, "a Kubernetes object is a dictionary, not str"),
        ("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n", 1, "made by kustomize"),
        ("a: !!python/object:os.system x\n", 1, "this is no YAML"),
    ],
)
def test_a_mistake_has_its_line(tmp_path, text, line, said):
    """A file that holds no objects is told with file, line and what to do."""
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(node(tmp_path, "x.yaml"), {})
    (mistake,) = caught.value.mistakes
    assert (mistake.file, mistake.line) == (str(tmp_path / "x.yaml"), line)
    assert said in mistake.what
    assert mistake.hint


DEPLOYMENT = """apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: a}
  spec:
    replcas: 2
    template:
      spec:
        containers:
        - name: a
          imagee: x
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: b}
  data: {a: 5}
- apiVersion: shop.example.com/v1
  kind: Deployment
  metadata: {name: c}
  spec: {replcas: 2}
"""


def test_fields_that_no_object_has_are_told_with_their_lines(tmp_path):
    """Every one of them at once, in kinds that are known; of others anything may be said."""
    (tmp_path / "x.yaml").write_text(DEPLOYMENT)
    with pytest.raises(ConfigError) as caught:
        load(node(tmp_path, "x.yaml"), {}, check=misspelt)
    assert [(each.line, each.what) for each in caught.value.mistakes] == [
        (8, 'Deployment "a" has "replcas" in Deployment.spec, where there is no such field'),
        (
            13,
            'Deployment "a" has "imagee" in Deployment.spec.template.spec.containers[0], where there is no such field',
        ),
        (17, 'ConfigMap "b" has 5 as "a" in ConfigMap.data, which takes text'),
    ]


def test_no_value_of_a_secret_is_told(tmp_path):
    """A password that was written as a number is a mistake, and stays one's own."""
    (tmp_path / "x.yaml").write_text("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {pin: 4711}\n")
    with pytest.raises(ConfigError) as caught:
        load(node(tmp_path, "x.yaml"), {}, check=misspelt)
    assert "pin" in told(tmp_path, caught)
    assert "4711" not in told(tmp_path, caught)


def test_an_object_of_the_stack_file_is_looked_at_too(tmp_path):
    """The line is the one that says the objects."""
    made = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "sepc": {}}
    with pytest.raises(ConfigError) as caught:
        load(node(tmp_path, objects=(made,)), {}, check=misspelt)
    newer = "(the fields of a newer Kubernetes come with `pip install --upgrade lightkube-models`)"
    assert (caught.value.mistakes[0].line, caught.value.hint) == (3, f'did you mean "spec"? {newer}')


def test_kinds_of_others_may_have_any_fields(tmp_path):
    """Also those whose group begins like one of Kubernetes' own, and has a kind of the same name."""
    others = ("authorization.openshift.io/v1", "RoleBinding"), ("authorization.openshift.io/v1", "SubjectAccessReview")
    own = ("authorization.k8s.io/v1", "SubjectAccessReview"), ("rbac.authorization.k8s.io/v1", "RoleBinding")

    def wrong(api: str, kind: str) -> bool:
        return any(misspelt({"apiVersion": api, "kind": kind, "metadata": {"name": "a"}, "user": "x"}))

    assert [wrong(*each) for each in (*others, *own)] == [False, False, True, True]


def test_objects_know_where_they_are_said(tmp_path):
    """Each has its file and line; of what a command printed, the line of its output."""
    (tmp_path / "x.yaml").write_text(f"{MAP % 'a'}---\n{MAP % 'b'}")
    said = {"apiVersion": "v1", "kind": "A", "metadata": {"name": "c"}}
    script = f"print({MAP % 'd' + '---' + chr(10) + MAP % 'e'!r})"
    run = Exec((sys.executable, "-c", script))
    found = load(node(tmp_path, "x.yaml", objects=(said,), run=run), {})
    places = [(each.file.rpartition("/")[2], each.line, each.printed) for each in found]
    assert places == [("x.yaml", 1, 0), ("x.yaml", 5, 0), ("stack.py", 3, 0), ("stack.py", 3, 1), ("stack.py", 3, 5)]


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("fine: no\n  x: {",
         "this is no YAML: mapping values are not allowed in this context, in line 2 of what it printed: x: {"),
        (MAP % "d" + "data: {a: 2}",
         'ConfigMap "d" has 2 as "a" in ConfigMap.data, which takes text, in line 4 of what it printed: data: {a: 2}'),
        ("kind: Secret\nstringData: {a: hunter2}", "this object has no apiVersion, in line 1 of what it printed"),
    ],
)  # fmt: skip
def test_a_mistake_in_what_a_command_printed_names_the_command(tmp_path, printed, said):
    """The place is the line that says the command; the line of the output is told and quoted, unless it may be secret."""
    (tmp_path / "out").write_text(printed)
    with pytest.raises(ConfigError) as caught:
        load(node(tmp_path, run=Shell("cat out")), {"PATH": "/usr/bin:/bin"}, check=misspelt)
    (mistake,) = caught.value.mistakes
    assert mistake.what == f'the command of "own" (`cat out`): {said}'
    assert (mistake.file, mistake.line, mistake.source) == (str(tmp_path / "stack.py"), 3, None)


@pytest.mark.parametrize("kind", ["kind: Secret", "kind:  Secret", "kind: 'Secret'", '{"kind": "Secret"}'])
def test_no_line_of_a_secret_is_shown(tmp_path, kind):
    """Where a file has a Secret, however that is written, a mistake shows none of its lines."""
    (tmp_path / "x.yaml").write_text(f"apiVersion: v1\n{kind}\nstringData: {{a: hunter2, b: [}}\n")
    with pytest.raises(ConfigError) as caught:
        load(node(tmp_path, "x.yaml"), {})
    assert "hunter2" not in told(tmp_path, caught)
    assert "x.yaml:3" in told(tmp_path, caught)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (("/nowhere/at/all",), "cannot be started: /nowhere/at/all"),
        ((sys.executable, "-c", "import sys; sys.exit('no chart')"), "failed with exit code 1\nno chart"),
        ((sys.executable, "-c", "input"), '"own" has no objects'),
    ],
)
def test_a_command_that_fails_is_told_with_its_last_lines(tmp_path, run, said):
    """A command that cannot run, fails or prints nothing is a mistake at the line that says it."""
    (tmp_path / "stack.py").write_text("\n\nline three\n")
    with pytest.raises(ConfigError) as caught:
        load(node(tmp_path, run=Exec(run)), {})
    assert said in caught.value.what
    assert caught.value.mistakes[0].line == 3


def test_a_command_has_a_time_limit(tmp_path):
    """A command that never ends is ended."""
    with pytest.raises(ConfigError, match="printed no objects within"):
        load(node(tmp_path, run=Exec((sys.executable, "-c", "import time; time.sleep(60)"))), {}, limit=0.2)
