"""What is read off a Dockerfile."""

import pytest

from homeport.kit.dockerfile import DockerfileError, filled, parse
from homeport.kit.imageinputs import reads, substituted


def bases(text: str, target: str | None = None, **args: str) -> list[str]:
    return list(reads(parse(text, args), target).bases)


def paths(text: str, target: str | None = None) -> tuple[str, ...] | None:
    return reads(parse(text), target).paths


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM busybox", ["busybox"]),
        ("\ufefffrom busybox as x\r\nRUN true\r\n", ["busybox"]),
        ("FROM --platform=$BUILDPLATFORM golang:1.23 AS build\nFROM scratch\nCOPY --from=build /a /b", ["golang:1.23"]),
        ("FROM a AS one\nFROM one\n", ["a"]),
        ("FROM a AS one\nFROM b\n", ["b"]),
        ("FROM a\nFROM b\nCOPY --from=0 /x /x\n", ["a", "b"]),
        (
            "FROM a\nCOPY --from=tools:2 /x /x\nRUN --mount=type=bind,from=other,target=/y true\n",
            ["a", "tools:2", "other"],
        ),
        ("ARG V=3.11\nFROM python:${V}-slim", ["python:3.11-slim"]),
        ('ARG V="3.12" W=$V\nFROM python:$W', ["python:3.12"]),
        ("ARG V\nFROM python:${V:-3.13}", ["python:3.13"]),
        ("# escape=`\nFROM a `\n  AS b\nFROM b", ["a"]),
        ("FROM a\nRUN <<EOF\nFROM no\nEOF\nRUN echo <<no\nFROM b", ["b"]),
        ("FROM a\nRUN x \\\n# FROM c\n\n  && FROM d\n", ["a"]),
        ("# a comment\n\n#FROM b\nFROM a", ["a"]),
        ("FROM one AS a\nFROM two AS A\nFROM a", ["two"]),
    ],
)
def test_bases(text: str, expected: list[str]) -> None:
    """The images that the built stage begins from or takes files from, in order; other stages do not count."""
    assert bases(text) == expected


def test_arguments_are_filled_into_bases() -> None:
    """A given argument beats the default; only those declared above the first FROM count."""
    text = "ARG V=1\nFROM a:$V$W"
    assert bases(text) == ["a:1"]
    assert bases(text, V="2", W="3") == ["a:2"]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("# nothing\n", 1, "no FROM"),
        ("\nRUN true\nFROM a", 2, "RUN stands before"),
        ("ARG V\n\nFROM $V", 3, "names no image"),
        ("FROM a b c d", 1, "not understood"),
        ("FROM", 1, "not understood"),
    ],
)
def test_mistakes_name_their_line(text: str, line: int, what: str) -> None:
    """A Dockerfile that cannot be understood is refused at a line, with a next step."""
    with pytest.raises(DockerfileError, match=what) as caught:
        parse(text)
    assert caught.value.line == line
    assert caught.value.hint


def test_an_unknown_stage_is_refused_with_a_guess() -> None:
    """A misspelt target is told which one may be meant."""
    with pytest.raises(DockerfileError, match='no stage "prud"') as caught:
        reads(parse("FROM a AS prod\nFROM prod AS test"), "prud")
    assert "prod" in caught.value.hint


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("COPY a.txt src/ /app/", ("a.txt", "src")),
        ("COPY ./a/../b /x", None),
        ("COPY . /app", None),
        ("COPY --chown=1:1 --link /a/b.txt /", ("a/b.txt",)),
        ('COPY ["a b.txt", "/x/"]', ("a b.txt",)),
        ("COPY src/*.py conf-?.ini /", None),
        ("COPY src/*.py /", ("src",)),
        ("COPY $WHAT /", None),
        ("COPY x/$WHAT /", ("x",)),
        ("ADD https://example.com/x.tar /x\nCOPY a /", ("a",)),
        ("COPY <<EOF /x\ntext\nEOF\nCOPY a /", ("a",)),
        ("COPY --from=b /x /\nCOPY a /", ("a",)),
        ("RUN --mount=target=/src true\nCOPY a /", None),
        ("RUN --mount=type=cache,target=/c --mount=type=secret,id=x true\nCOPY a /", ("a",)),
        ("ONBUILD COPY . /x\nCOPY a /", None),
        ("RUN true", None),
    ],
)
def test_paths_of_the_context(body: str, expected: tuple[str, ...] | None) -> None:
    """What COPY and ADD take is known when it is plain; else the whole context counts."""
    assert paths(f"FROM b\n{body}\n") == expected


def test_stages_that_are_not_built_take_nothing() -> None:
    """Of several images in one Dockerfile each has its own files."""
    text = "FROM x AS base\nCOPY lock /\nFROM base AS api\nCOPY api /\nFROM base AS web\nCOPY web /"
    assert paths(text, "api") == ("api", "lock")
    assert paths(text) == ("lock", "web")


def test_another_reader_of_dockerfiles_may_take_anything() -> None:
    """With a syntax that is not Docker's own the whole context counts."""
    assert paths("# syntax=docker/dockerfile:1.7\nFROM a\nCOPY b /") == ("b",)
    assert paths("# syntax=someone/else\nFROM a\nCOPY b /") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("$A-${B}", "1-"), ("${B:-x$A}", "x1"), ("${A:+y}", "y"), ("${B:+y}", ""), (r"\$A", "$A"), ("$", "$")],
)
def test_variables(text: str, expected: str) -> None:
    """Variables are replaced as the engine does it."""
    assert filled(text, {"A": "1"}) == expected


def test_images_of_ours_stand_in_place_of_bases() -> None:
    """Every use of the name is replaced, nothing else, and every instruction keeps its line."""
    text = (
        "ARG B=shop/base\nFROM --platform=linux/amd64 \\\n  $B AS one\nRUN echo shop/base --from=x\n"
        "COPY --from=shop/base /a \\\n  /b\nRUN --mount=type=bind,from=shop/base,target=/x true\nFROM shop/base2"
    )
    ours = "localhost:5005/shop/base:hp-1"
    assert substituted(text, parse(text), {"shop/base": ours}) == (
        f"ARG B=shop/base\nFROM --platform=linux/amd64 {ours} AS one\n\nRUN echo shop/base --from=x\n"
        f"COPY --from={ours} /a \\\n  /b\nRUN --mount=type=bind,from={ours},target=/x true\nFROM shop/base2"
    )
