"""Finds the expression that a mistake is about in the source, to underline it. Pure."""

import ast
from collections.abc import Iterator
from functools import lru_cache

from homeport.config.findings import Finding
from homeport.model.errors import Mistake

_FIRST = ("name", "path", "pattern", "number", "kind", "signal", "title", "run", "policy")
"""Arguments that may stand first, without their name."""
Span = tuple[int, int, int, int]
Node = ast.expr | ast.keyword | ast.alias | ast.Import | ast.ImportFrom


def locate(found: Finding, source: str | None) -> Mistake:
    """Return the mistake with line, columns and source line, as narrowly as the source allows."""
    if source is None or found.line is None or found.file is None:
        return Mistake(found.what, found.file, found.line, hint=found.hint)
    span = _narrow(found, source) or found.span or (found.line, found.line, 0, -1)
    lines = source.splitlines()
    text = lines[span[0] - 1] if 0 < span[0] <= len(lines) else ""
    raw = text.encode()
    begin, end = (span[2], span[3] if span[1] == span[0] else len(raw)) if span[3] >= 0 else (0, len(raw))
    column = len(raw[:begin].decode("utf-8", "ignore"))
    stop = len(raw[:end].rstrip().decode("utf-8", "ignore"))
    if span[3] < 0:
        column = len(text) - len(text.lstrip())
    return Mistake(found.what, found.file, span[0], column + 1, max(stop, column + 1) + 1, text, found.hint)


def _narrow(found: Finding, source: str) -> Span | None:
    tree = _tree(source)
    if tree is None or found.line is None:
        return None
    expression = _expression(tree, found)
    if expression is None:
        return None
    chosen = _argument(expression, found.argument) if found.argument else None
    if found.literal is not None:
        for each in ast.walk(chosen or expression):
            if isinstance(each, ast.Dict):
                for key, value in zip(each.keys, each.values, strict=True):
                    if key is not None and _constant(key) == found.literal:
                        return _span(value)
            if isinstance(each, ast.Constant | ast.alias | ast.Name) and _says(each) == found.literal:
                return _span(each)
    if chosen is not None:
        if found.argument and found.argument.endswith("=") and isinstance(chosen, ast.keyword):
            return chosen.lineno, chosen.lineno, chosen.col_offset, chosen.col_offset + len(found.argument) - 1
        return _span(chosen.value if isinstance(chosen, ast.keyword) else chosen)
    return _span(expression)


@lru_cache(maxsize=8)
def _tree(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


def _says(node: ast.Constant | ast.alias | ast.Name) -> str:
    match node:
        case ast.Constant():
            return str(node.value)
        case ast.alias():
            return node.name
        case _:
            return node.id


def _span(node: Node) -> Span:
    end_line = node.end_lineno if node.end_lineno is not None else node.lineno
    end = node.end_col_offset if node.end_col_offset is not None else node.col_offset + 1
    return node.lineno, end_line, node.col_offset, end


def _expression(tree: ast.Module, found: Finding) -> Node | None:
    if found.span is not None:
        same = [each for each in _expressions(tree) if _span(each) == tuple(found.span)]
        return next((each for each in same if isinstance(each, ast.Call)), same[0] if same else None)
    calls = [each for each in _expressions(tree) if isinstance(each, ast.Call) and _lines_hold(each, found.line or 0)]
    named = [each for each in calls if each.args and _constant(each.args[0]) == found.node]
    begins = [each for each in calls if each.lineno == found.line]
    return next(iter(named or begins or calls), None)


def _expressions(tree: ast.Module) -> Iterator[Node]:
    return (each for each in ast.walk(tree) if isinstance(each, ast.expr | ast.Import | ast.ImportFrom))


def _lines_hold(node: Node, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


def _constant(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _argument(expression: Node, argument: str) -> Node | None:
    if not isinstance(expression, ast.Call):
        return None
    name = argument.removesuffix("=")
    for keyword in expression.keywords:
        if keyword.arg == name:
            return keyword
    return expression.args[0] if name in _FIRST and expression.args else None
