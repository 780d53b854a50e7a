"""An exception of the user's file, told as a mistake at the user's line."""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

from homeport.config.words import places, references
from homeport.config.words.mistakes import WordError, noted
from homeport.kit.suggest import closest, did_you_mean

_CALL = re.compile(r"(?:(?P<owner>\w+)\.)?(?P<name>\w+)\(\) (?P<rest>.*)", re.DOTALL)
_UNKNOWN = re.compile(r"got an unexpected keyword argument '(\w+)'")
_MISSING = re.compile(r"missing \d+ required (?:keyword-only|positional) arguments?: (.+)")


def note_exception(error: BaseException) -> None:
    """Note what ended the file. Words have noted their own."""
    if isinstance(error, WordError):
        return
    at = _users_place(error.__traceback__)
    told = _told(error, at)
    noted.append({"what": "", "hint": None, "argument": None, "literal": None, "span": None, **at, **told})


def _users_place(traceback: TracebackType | None) -> dict[str, Any]:
    found: dict[str, Any] = {"file": None, "line": None}
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if places.is_users(code.co_filename):
            span = places.span_of(code, traceback.tb_lasti)
            found = {"file": code.co_filename, "line": traceback.tb_lineno, "span": span, "frame": traceback.tb_frame}
        traceback = traceback.tb_next
    return found


def _told(error: BaseException, at: dict[str, Any]) -> dict[str, Any]:
    frame = at.pop("frame", None)
    match error:
        case SyntaxError():
            return _syntax(error)
        case ModuleNotFoundError():
            return _missing_module(error)
        case ImportError() if error.name == "homeport":
            return _missing_word(error)
        case TypeError() if (call := _CALL.fullmatch(str(error))) and (word := _word(call["owner"], call["name"])):
            return _wrong_call(call["name"], call["rest"], word)
        case NameError() if error.name:
            names = (*frame.f_globals, *frame.f_locals, *dir(builtins)) if frame is not None else ()
            return _unknown_name(error.name, names)
        case AttributeError() if type(error.obj).__module__.startswith("homeport."):
            known = [name for name in dir(error.obj) if not name.startswith("_")]
            kind = type(error.obj).__name__
            return {"what": f'{kind} has no "{error.name}"', "hint": did_you_mean(error.name or "", known)}
        case UnicodeEncodeError() if not references.is_plain(error.object):
            return _encoded(error.object)
        case SystemExit():
            return {"what": f"the file ended itself: sys.exit({error.code!r})", "hint": "let it run to its end"}
        case RecursionError():
            return {"what": "RecursionError: it calls itself without end", "hint": "let it end"}
        case _:
            return _other(error)


def _syntax(error: SyntaxError) -> dict[str, Any]:
    line = error.lineno or 1
    text = (error.text or "").encode()
    column = len((error.text or "")[: max((error.offset or 1) - 1, 0)].encode()) if text else 0
    same_line = error.end_lineno in (None, line) and (error.end_offset or 0) > (error.offset or 0)
    end = column + max(1, (error.end_offset or 0) - (error.offset or 0)) if same_line else column + 1
    return {
        "what": f"SyntaxError: {error.msg}",
        "file": error.filename,
        "line": line,
        "span": (line, line, column, end),
        "hint": "mend the line: nothing of the file was run",
    }


def _missing_module(error: ModuleNotFoundError) -> dict[str, Any]:
    name = error.name or "?"
    if name.split(".")[0] == "homeport":
        return {
            "what": f'there is no module "{name}"',
            "hint": "the words are in homeport itself: from homeport import Stack",
        }
    top = name.split(".")[0]
    return {
        "what": f'there is no module "{top}" for {sys.executable}, which evaluates this file',
        "hint": f"add it: {sys.executable} -m pip install {top} (if that is the name of its package)",
    }


def _package() -> Any:
    """Return the package whose words the file used: loaded by the file itself, and above this room."""
    return sys.modules["homeport"]


def _missing_word(error: ImportError) -> dict[str, Any]:
    homeport = _package()
    found = re.search(r"cannot import name '(\w+)'", str(error))
    name = found[1] if found else "?"
    guess = closest(name, homeport.__all__)
    hint = f'did you mean "{guess}"?' if guess else "see the list of words in docs/reference/words.md"
    return {"what": f'homeport has no word "{name}"', "hint": hint, "literal": name}


def _unknown_name(name: str, names: Iterable[str]) -> dict[str, Any]:
    homeport = _package()
    what = f'the name "{name}" is not defined'
    if name in homeport.__all__:
        return {"what": what, "hint": f"import it: from homeport import {name}"}
    guess = closest(name, [*names, *homeport.__all__])
    return {"what": what, "hint": f'did you mean "{guess}"?' if guess else None}


def _word(owner: str | None, name: str) -> Callable[..., Any] | None:
    """Return the word of ours that a message about a call speaks of."""
    homeport = _package()
    for kind in (homeport.Stack, homeport.Group, homeport.Service, homeport.Tool, type(homeport.this)):
        if owner and any(base.__name__ == owner for base in kind.__mro__) and hasattr(kind, name):
            return getattr(kind, name)  # type: ignore[no-any-return]
    if owner is None and name in homeport.__all__:
        return getattr(homeport, name)  # type: ignore[no-any-return]
    return None


def _wrong_call(name: str, rest: str, word: Callable[..., Any]) -> dict[str, Any]:
    code = getattr(word, "__code__", None)
    known = (
        [each for each in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if each != "self"]
        if code
        else []
    )
    name = name if name != "__init__" else "Stack"
    if unknown := _UNKNOWN.match(rest):
        hint = did_you_mean(unknown[1], known)
        if not hint:
            hint = "it has " + ", ".join(known)
        return {"what": f'{name}() has no argument "{unknown[1]}"', "hint": hint, "argument": f"{unknown[1]}="}
    if missing := _MISSING.match(rest):
        names = re.findall(r"'(\w+)'", missing[1])
        said = " and ".join(f"{each}=" for each in names)
        return {"what": f"{name}() needs {said}", "hint": f"add {said}… to the call"}
    if "positional argument" in rest:
        return {"what": f"{name}() was given too many values without a name",
                "hint": "name them: " + ", ".join(f"{each}=…" for each in known[1:4])}  # fmt: skip
    return {"what": f"{name}() {rest}"}


def _encoded(text: str) -> dict[str, Any]:
    return {
        "what": f"the reference in {references.readable(text)} was written somewhere, but its value is not known yet",
        "hint": "pass it on in env=, run= or inside an f-string; a task can write files when the stack runs",
    }


def _other(error: BaseException) -> dict[str, Any]:
    said = references.readable(str(error))
    what = f"{type(error).__name__}: {said}" if said else type(error).__name__
    told: dict[str, Any] = {"what": what, "hint": "mend the line: the rest of the file was not read"}
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is not None and not places.is_users(traceback.tb_frame.f_code.co_filename):
        told["hint"] += f" (raised in {traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno})"
    return told
