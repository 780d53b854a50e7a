"""That the folders and programs are there which a service starts with. What a task may still bring is left to it.

The program of what has an image may be in the image alone: it is missed when somebody wants it here.
"""

import os
from collections.abc import Iterator

from homeport.config.findings import Finding, finding
from homeport.config.look import Seen, literal_program
from homeport.kit.suggest import closest
from homeport.model.graph import Graph
from homeport.model.nodes import Runnable, Service, Task


def check(graph: Graph, seen: Seen) -> Iterator[Finding]:
    """Yield folders and programs that are missing."""
    if not seen.missing_folders and not seen.missing_programs:
        return
    for node in graph.runnables():
        if waits_for_a_task(graph, node.name):
            continue
        if node.cwd in seen.missing_folders:
            yield _folder(graph, seen, node, node.cwd, "cwd")
            continue
        rules, argument = (node.reload, "reload") if isinstance(node, Service) else (node.inputs, "inputs")
        for base in dict.fromkeys(rule.base for rule in rules):
            if base in seen.missing_folders:
                yield _folder(graph, seen, node, base, argument)
        if node.container is None:
            yield from _program(graph, seen, node)


def waits_for_a_task(graph: Graph, name: str) -> bool:
    """Whether a task runs before, which may bring what is missing."""
    waiting, known = [name], {name}
    while waiting:
        for need in graph.needs[waiting.pop()]:
            if isinstance(graph.nodes.get(need.name), Task):
                return True
            if need.name in graph.nodes and need.name not in known:
                known.add(need.name)
                waiting.append(need.name)
    return False


def _folder(graph: Graph, seen: Seen, node: Runnable, folder: str, argument: str) -> Finding:
    shown = os.path.relpath(folder, graph.root)
    guess = closest(os.path.basename(folder), seen.names.get(folder, ()))
    hint = f'did you mean "{os.path.join(os.path.dirname(shown), guess)}"?' if guess else f"make it: mkdir -p {shown}"
    return finding(f'the folder "{shown}" of "{node.name}" does not exist', node.at, node.name, argument, hint=hint)


def _program(graph: Graph, seen: Seen, node: Runnable) -> Iterator[Finding]:
    program = literal_program(node.run)
    searched = seen.missing_programs.get((node.cwd, program)) if program is not None else None
    if searched and program is not None and not node.tools:
        inside = graph.root + os.sep
        shown = ", ".join(each.removeprefix(inside) for each in searched)
        if searched[0] in seen.unfit:
            wrong, hint = "cannot be executed", f"make it a program: chmod +x {shown}"
        else:
            wrong, hint = "was not found", f"install it, or name the task that does in needs=; searched {shown}"
        yield finding(
            f'the program "{program}" of "{node.name}" {wrong}', node.at, node.name, "run", literal=program, hint=hint
        )
