"""From a stack file to a checked graph: the promise of ``ports.evaluator``, kept by a child process."""

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from homeport.aio.threads import in_thread
from homeport.config import child_process, hiding, silence
from homeport.config.checks import check
from homeport.config.child_process import Heard, Question
from homeport.config.discreet import discreet
from homeport.config.findings import Declared, Finding, finding
from homeport.config.interpreter import choose
from homeport.config.look import look
from homeport.config.spots import locate
from homeport.kit import shortage
from homeport.model.errors import Bug, ConfigError, Mistake
from homeport.model.graph import Graph
from homeport.model.hiding import mask_of
from homeport.model.nodes import EnvFile, Service, Task
from homeport.model.parts import Where
from homeport.model.patch_faults import PatchFault

LIMIT: Final = 20.0
"""Seconds that a stack file may take."""
_NOTES: Final = 100
"""Lines of what a file printed that are kept."""


class Patching(Protocol):
    """Knows which objects the nodes of a graph become, for functions of the file to patch them."""

    def shown(self, graph: Graph) -> dict[str, list[dict[str, Any]]]:
        """Return the objects of each node that has functions, as these see them."""
        ...

    def with_changes(
        self, graph: Graph, before: dict[str, list[dict[str, Any]]], after: Mapping[str, Sequence[Any]]
    ) -> Graph:
        """Return the graph with what functions changed between the objects before and after."""
        ...

    def faults(self, graph: Graph) -> Iterable[PatchFault]:
        """Yield what is wrong with the patches of a graph, and with what functions changed."""
        ...


class ChildEvaluator:
    """Evaluates stack files in a child process, by the project's own interpreter."""

    def __init__(
        self,
        environ: Mapping[str, str],
        own_python: str,
        *,
        limit: float = LIMIT,
        here: bool = True,
        patching: Callable[[], Patching] | None = None,
    ) -> None:
        """Take the environment that files and programs see, our own interpreter, and the seconds that a file may take.

        ``here``: the programs are to run on this machine, so they and their folders must be there. ``patching`` knows what
        functions of a file are to patch; without it they stay unheard, and nothing can be rendered.
        """
        self._environ = environ
        self._own_python = own_python
        self._limit = limit
        self._here = here
        self._patching = patching

    async def evaluate(self, file: str, options: Mapping[str, str]) -> Graph:
        """Return the checked graph. Raises ConfigError with every mistake, in a bounded time, whatever the file does."""
        path = _absolute(file)
        _demand(path)
        python = choose(path, self._environ.get("VIRTUAL_ENV"), self._own_python)
        graph = await self._graph(path, python, options)
        contained = [node.container for node in graph.runnables() if node.container is not None]
        functions = any(each.functions for each in contained)
        if self._patching is None or not (functions or any(each.patch for each in contained)):
            return graph
        # In threads: a house does everything else meanwhile.
        patching = await in_thread(self._patching)
        # Functions are shown objects with the other patches.
        await in_thread(lambda: self._demand_sound(graph, options, patching))
        if not functions:
            return graph
        patched = await self._patched(graph, options, patching)
        await in_thread(lambda: self._demand_sound(patched, options, patching))
        return patched

    def _demand_sound(self, graph: Graph, options: Mapping[str, str], patching: Patching) -> None:
        found = [_fault(graph, each) for each in patching.faults(graph)]
        if found:
            secret = hiding.hidden_by(graph.nodes.values(), graph.root, options, self._environ)
            raise discreet(ConfigError(_located(found), sources=graph.sources, notes=graph.notes), secret)

    async def _patched(self, graph: Graph, options: Mapping[str, str], patching: Patching) -> Graph:
        """Return the graph with what functions of the file do to its objects: these live in a child, so it is asked again."""
        shown = await in_thread(lambda: patching.shown(graph))
        question = Question(options, self._limit, shown)
        declared, notes = await self._asked(graph.file, graph.interpreter, question)
        if declared.mistakes or declared.patched.keys() != shown.keys():
            hint = "let it declare the same whenever it is evaluated"
            other = Finding("the file said something else when it was evaluated again", hint, graph.file, 1)
            secret = hiding.hidden_by(graph.nodes.values(), graph.root, options, self._environ)
            told = _located(declared.mistakes or [other])
            raise discreet(ConfigError(told, sources=graph.sources, notes=notes), secret)
        return await in_thread(lambda: patching.with_changes(graph, shown, declared.patched))

    async def _asked(self, path: str, python: str, question: Question) -> tuple[Declared, tuple[str, ...]]:
        """Return what a child tells of the file, and the lines that the file printed."""
        try:
            heard = await child_process.run(python, path, question, self._environ)
        except (OSError, RuntimeError) as error:
            raise _no_start(python, path, error) from error
        notes = tuple(heard.output.splitlines()[:_NOTES])
        if not heard.answer.endswith(b"\0"):
            found = silence.explain(heard, path, os.path.dirname(path), self._limit)
            secret = hiding.hidden_near(path, question.options, self._environ)
            raise discreet(ConfigError(_located([found]), sources=(path,), notes=notes), secret)
        declared = _decoded(heard)
        if declared.unwatched:
            raise _no_start(python, path, RuntimeError(declared.unwatched))
        return declared, notes

    async def _graph(self, path: str, python: str, options: Mapping[str, str]) -> Graph:
        root = os.path.dirname(path)
        declared, notes = await self._asked(path, python, Question(options, self._limit))
        sources = tuple(dict.fromkeys((path, *declared.sources)))
        secret = hiding.hidden_by(declared.nodes, root, options, self._environ)
        if notes:
            notes = tuple(map(mask_of(secret).text, notes))
        nodes = {node.name: node for node in declared.nodes}
        graph = Graph(
            declared.stack or "", root, path, nodes, sources, python, notes, on=declared.on, site=declared.site
        )
        findings = list(declared.mistakes)
        # An empty stack is no mistake of its own when another one kept it empty.
        if not declared.failed and declared.stack is not None and (declared.nodes or not findings):
            at = declared.at or Where(path, 1)
            seen = look(graph, self._environ.get("PATH", "")) if self._here else None
            findings += check(graph, at, seen, options, secret)
        if findings:
            private = [os.path.join(root, node.path) for node in declared.nodes if isinstance(node, EnvFile)]
            near = hiding.hidden_near(path, options, self._environ) if declared.failed else []
            raise discreet(ConfigError(_located(findings, private), sources=sources, notes=notes), [*secret, *near])
        return graph


def _fault(graph: Graph, told: PatchFault) -> Finding:
    node = graph.nodes[told.node]
    assert isinstance(node, Service | Task)
    return finding(told.what, node.at, node.name, "patch", literal=told.literal, hint=told.hint)


def _absolute(file: str) -> str:
    return os.path.abspath(file)


def _demand(path: str) -> None:
    if not _is_text(path):
        shown = path.encode("utf-8", "backslashreplace").decode()
        hint = "rename the folder: names are exchanged as UTF-8"
        raise ConfigError([Mistake(f'the path "{shown}" is not UTF-8', hint=hint)], sources=(path,))
    # Its folder may be gone too, where the child could not even start and would be blamed for it.
    if not os.path.isfile(path):
        hint = "bring it back, and it is read again; or end what runs: homeport down"
        raise ConfigError([Mistake("the stack file is gone", path, hint=hint)], sources=(path,))


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:  # bytes that are no text stand for themselves as lone surrogates
        return False
    return True


def _no_start(python: str, path: str, error: OSError | RuntimeError) -> ConfigError:
    """Return what is told when the interpreter cannot begin. Raises an error that is neither the system's nor a shortage."""
    short = shortage.of_errno(error.errno) if isinstance(error, OSError) else shortage.of_error(error)
    if short is None and not isinstance(error, OSError):
        raise error
    reason = short.reason if short is not None else getattr(error, "strerror", None) or error
    hint = short.hint if short is not None else "make the virtual environment anew"
    mistake = Mistake(f"the interpreter {python} cannot be started: {reason}", path, hint=hint)
    return ConfigError([mistake], sources=(path,), passing=short is not None)


def _decoded(heard: Heard) -> Declared:
    try:
        return msgspec.json.decode(heard.answer[:-1], type=Declared)
    except msgspec.DecodeError as error:
        raise Bug(f"the words of a stack file gave something that is no graph: {error}") from error


def _located(findings: Sequence[Finding], private: Collection[str] = ()) -> list[Mistake]:
    """Return the mistakes with their places, each once, in the order in which the file says them.

    Of ``private`` files no line is shown.
    """
    sources = {found.file: _source(found.file) for found in findings if found.file not in private}
    mistakes = dict.fromkeys(
        locate(found, sources[found.file]) if found.file in sources else _unshown(found) for found in findings
    )
    told = dict.fromkeys(found.file for found in findings)
    files = {file: number for number, file in enumerate(told) if file is not None}
    return sorted(mistakes, key=lambda each: (files.get(each.file or "", len(files)), each.line or 0, each.column or 0))


def _unshown(found: Finding) -> Mistake:
    return Mistake(found.what, found.file, found.line, found.span[2] + 1 if found.span else None, hint=found.hint)


def _source(file: str | None) -> str | None:
    try:
        return Path(file).read_text("utf-8", "replace") if file else None
    except OSError:
        return None
