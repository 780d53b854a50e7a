"""From what a stack file says of manifests to objects: files, folders, patterns, and the output of a command."""

import glob
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from homeport.config.manifests.parsing import objects
from homeport.model.errors import ConfigError, Mistake
from homeport.model.manifests import Manifests
from homeport.model.parts import Exec

LIMIT: Final = 120.0
"""Seconds that a command which prints objects may take."""
_ENDINGS: Final = (".yaml", ".yml", ".json")
_WILD: Final = "*?["
_SHOWN: Final = 5
"""Last lines of a failed command that are told."""


def load(node: Manifests, environ: Mapping[str, str], limit: float = LIMIT) -> list[dict[str, Any]]:
    """Return all objects of a node, files first. Raises ConfigError naming file and line.

    It blocks while files are read and its command runs, and leaves no process behind.
    """
    found = [each for path in _files(node) for each in objects(_text(node, path), path)]
    found += [dict(each) for each in node.objects]
    if node.run is not None:
        found += objects(_printed(node, environ, limit), node.at.file)
    if not found:
        raise _wrong(node, f'"{node.name}" has no objects', "name files that hold some")
    return found


def _files(node: Manifests) -> Iterator[str]:
    for path in node.paths:
        if any(letter in path for letter in _WILD):
            found = sorted(each for each in glob.glob(path, recursive=True) if os.path.isfile(each))
        elif os.path.isdir(path):
            found = sorted(str(each) for each in Path(path).iterdir() if each.suffix in _ENDINGS and each.is_file())
        else:
            found = [path]
        if not found:
            raise _wrong(node, f'"{path}" has no YAML or JSON files', "name a file, a folder, or a pattern with files")
        yield from found


def _text(node: Manifests, path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except FileNotFoundError as error:
        raise _wrong(node, f'there is no file "{path}"', "paths are relative to the file that says them") from error
    except OSError as error:
        raise _wrong(node, f'"{path}" cannot be read: {error.strerror}', "mend its permissions") from error
    except UnicodeDecodeError as error:
        raise _wrong(node, f'"{path}" is not UTF-8', "save it as UTF-8") from error


def _printed(node: Manifests, environ: Mapping[str, str], limit: float) -> str:
    assert node.run is not None
    said = node.run.argv if isinstance(node.run, Exec) else ("/bin/sh", "-c", node.run.text)
    argv = [str(each) for each in said]
    try:
        done = subprocess.run(argv, cwd=node.cwd, env=dict(environ), capture_output=True, stdin=subprocess.DEVNULL,
                              timeout=limit, check=False)  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise _wrong(
            node, f'the command of "{node.name}" printed no objects within {limit:g} s', "run it by hand"
        ) from error
    except OSError as error:
        what = f'the command of "{node.name}" cannot be started: {argv[0]}: {error.strerror}'
        raise _wrong(node, what, "install it, or mend its path") from error
    if done.returncode != 0:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines()[-_SHOWN:]
        what = "\n".join([f'the command of "{node.name}" failed with exit code {done.returncode}', *told])
        raise _wrong(node, what, "run it by hand")
    return done.stdout.decode("utf-8", "replace")


def _wrong(node: Manifests, what: str, hint: str) -> ConfigError:
    return ConfigError([Mistake(what, node.at.file, node.at.line, hint=hint)])
