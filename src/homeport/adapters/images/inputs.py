"""The inputs of an image, read from disk."""

import os
import platform
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from homeport.adapters.files.digest import digest_files
from homeport.adapters.images.context import narrowed, parts
from homeport.kit.dockerfile import DockerfileError, Parsed, parse
from homeport.kit.dockerignore import DockerIgnore, dockerignore
from homeport.kit.imageinputs import Reads, digest, reads
from homeport.model.errors import ConfigError, Mistake, OutsideError
from homeport.model.parts import Files
from homeport.ports.builder import FromCommand, FromDockerfile, Inputs, Recipe

_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64"}


class Dockerfiles(NamedTuple):
    """The texts that a build begins with: the Dockerfile and its ignore file, and what was understood of them."""

    text: str
    parsed: Parsed
    reads: Reads
    ignore_text: str
    ignore: DockerIgnore
    ignore_file: str | None


def read_inputs(recipe: Recipe, apart: Callable[[str], bool] = lambda _: False) -> Inputs:
    """Return what an image is made from. Raises ConfigError and OutsideError as ``ports.builder.Builder.inputs`` says.

    What a command's output is made of cannot be told apart: whoever wants that gets everything.
    """
    if isinstance(recipe, FromCommand):
        # Where the folder lies does not count: the same sources give the same image in another checkout.
        found = [*(("word", each) for each in recipe.argv), *_pairs("env", recipe.env)]
        whole = digest([*found, ("files", digest_files(recipe.inputs))])
        return Inputs(whole, (), recipe.inputs, whole)
    texts = read_texts(recipe)
    paths = narrowed(recipe.context, texts.reads)
    said = list(_said(recipe, texts))
    files = [(path, (f"file {path}", what)) for path, what in parts(recipe.context, paths, texts.ignore)]
    whole = digest([*said, *(part for _, part in files)])
    rest = digest([*said, *(part for path, part in files if not apart(os.path.join(recipe.context, path)))])
    return Inputs(whole, tuple(texts.reads.bases), _watch(recipe, texts, paths), rest)


def read_texts(recipe: FromDockerfile) -> Dockerfiles:
    """Read and understand the Dockerfile and its ignore file."""
    if not os.path.isdir(recipe.context):
        raise OutsideError(
            f'the context "{recipe.context}" of an image is not a folder',
            hint="create it, or correct context= of the image",
        )
    text = _text(recipe.file, "Dockerfile")
    try:
        parsed = parse(text, recipe.args)
        taken = reads(parsed, recipe.target)
    except DockerfileError as error:
        source = (text.splitlines() or [""])[error.line - 1]
        raise ConfigError([Mistake(error.what, recipe.file, error.line, source=source, hint=error.hint)]) from error
    ignore_file = _ignore_file(recipe)
    ignore_text = _text(ignore_file, "ignore file") if ignore_file else ""
    try:
        ignore = dockerignore(ignore_text)
    except ValueError as error:
        hint = "its rules are told in Docker's reference of .dockerignore"
        raise ConfigError([Mistake(str(error), ignore_file, hint=hint)]) from error
    return Dockerfiles(text, parsed, taken, ignore_text, ignore, ignore_file)


def _ignore_file(recipe: FromDockerfile) -> str | None:
    """Return the ignore file that counts: the one named, else the one beside the Dockerfile, else that of the context."""
    if recipe.ignore is not None:
        return recipe.ignore
    usual = (f"{recipe.file}.dockerignore", os.path.join(recipe.context, ".dockerignore"))
    return next((path for path in usual if os.path.isfile(path)), None)


def _said(recipe: FromDockerfile, texts: Dockerfiles) -> Iterator[tuple[str, str]]:
    """Yield what counts besides files. Of an image of ours only the tag counts, not the registry that it is in."""
    yield "dockerfile", texts.text
    yield "target", recipe.target or ""
    yield "platform", recipe.platform or _ARCHITECTURES.get(platform.machine(), platform.machine())
    yield from _pairs("arg", recipe.args)
    yield from (("tag", each) for each in sorted(recipe.tags))
    ours = [name for name in texts.reads.bases if name in recipe.bases]
    yield from ((f"base {name}", recipe.bases[name].rpartition(":")[2]) for name in ours)


def _pairs(kind: str, pairs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((f"{kind} {name}", value) for name, value in sorted(pairs.items()))


def _watch(recipe: FromDockerfile, texts: Dockerfiles, paths: tuple[str, ...] | None) -> tuple[Files, ...]:
    own = [recipe.file, *([texts.ignore_file] if texts.ignore_file else [])]
    beside = [Files(os.path.dirname(path), (_literal(os.path.basename(path)),)) for path in own]
    if paths is not None:
        return (*beside, Files(recipe.context, tuple(map(_literal, paths))))
    return (*beside, Files(recipe.context, ("**",), _ignored(texts.ignore_text)))


def _ignored(text: str) -> tuple[str, ...]:
    """Return the rules of an ignore file as git has them: Docker's begin at the context. With exceptions none are known."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if any(line.startswith("!") for line in lines):
        return ()
    return tuple(line if line.startswith("**") else f"/{line.removeprefix('./').lstrip('/')}" for line in lines)


def _literal(path: str) -> str:
    r"""Return a path as a pattern for nothing else."""
    return "/" + "".join(f"\\{sign}" if sign in "*?[\\! #" else sign for sign in path)


def _text(path: str, what: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise OutsideError(
            f'{what} "{path}" cannot be read: {reason}', hint="create it, or correct the path that the image names"
        ) from error
