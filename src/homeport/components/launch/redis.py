"""Becomes a Redis or Valkey server. Its arguments are in ``README.md``."""

import argparse
import os
import tempfile
from pathlib import Path

from homeport.components.launch import arguments
from homeport.components.launch.folder import claim
from homeport.components.launch.refusal import Refusal, guard
from homeport.components.launch.server import become


def configuration(options: argparse.Namespace, password: str | None) -> str:
    """Return the server's configuration file; what was set by hand comes last and so wins."""
    kept = options.data is not None
    lines = [f"bind {options.host}", f"port {options.port}", "daemonize no"]
    # Without a folder nothing is saved; a client that asks for a snapshot nevertheless gets it outside the checkout.
    lines += [f"dir {_quoted(str(options.data) if kept else tempfile.gettempdir())}"]
    lines += [f"appendonly {'yes' if kept and options.append_only else 'no'}"]
    if not kept:
        lines += ['save ""']
    if password is not None:
        lines += [f"requirepass {_quoted(password)}"]
    lines += [f"{key} {value}" for key, value in arguments.settings(options.settings).items()]
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    r"""Return text as a quoted word of the configuration, every unusual byte as ``\xHH``."""
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./ :,@+="
    return '"' + "".join(chr(byte) if byte in plain else f"\\x{byte:02x}" for byte in os.fsencode(text)) + '"'


def _data(text: str) -> Path | None:
    return None if text == "none" else Path(text).absolute()


def _as_input(text: str) -> None:
    """Put the text behind standard input: the server reads its settings there, and no file ever holds the password."""
    reader, writer = os.pipe()
    content = text.encode("utf-8", "surrogateescape")
    if len(content) > 60_000:  # a pipe holds 64 KiB, and nobody reads it before we have become the server
        raise Refusal("the settings are longer than 60,000 bytes")
    os.write(writer, content)
    os.close(writer)
    os.dup2(reader, 0)
    os.close(reader)


def main() -> None:
    """Prepare the folder and become the server."""
    parser = arguments.parser("redis")
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--data", type=_data, required=True, metavar="DIR|none")
    parser.add_argument("--password-file", type=Path)
    parser.add_argument("--append-only", action="store_true")
    options = parser.parse_args()
    password = arguments.password(options.password_file) if options.password_file else None
    _as_input(configuration(options, password))
    if options.data is not None:
        claim(options.data)
    become(options.program, ["-"], os.environ)


if __name__ == "__main__":
    guard(main)
