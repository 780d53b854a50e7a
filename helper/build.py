"""Builds the helper for both architectures: static, small, and the same bytes wherever and however often it is done.

``python helper/build.py`` needs the wheel ``ziglang`` (``make helper`` brings it) and writes
``src/homeport/adapters/live/bin``. ``--native`` uses the C compiler of this machine, for this machine alone: it is for
debugging (with ``--sanitize``), and for whom 400 MB of a compiler are too much; such a program is never put into a wheel.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BIN = HERE.parent / "src" / "homeport" / "adapters" / "live" / "bin"
TARGETS = {"amd64": "x86_64-linux-musl", "arm64": "aarch64-linux-musl"}
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
WARNINGS = ("-std=gnu11", "-Wall", "-Wextra", "-Werror")
SMALL = (
    *("-Os", "-g0", "-static", "-s"),
    *("-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections"),
    "-Wl,--build-id=none",
)
SANE = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def sources() -> list[Path]:
    """Return the files that the program is made of."""
    return sorted([*HERE.glob("*.c"), *HERE.glob("*.h")])


def sources_digest() -> str:
    """Return the digest of the sources; its start is the version that the program says of itself."""
    digest = hashlib.sha256()
    for path in sources():
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def has_zig() -> bool:
    """Say whether the compiler's wheel is there."""
    return importlib.util.find_spec("ziglang") is not None


def compile_with(compiler: list[str], flags: tuple[str, ...], output: Path) -> None:
    """Compile all sources into one program. Raises CalledProcessError after the compiler has said why."""
    names = [path.name for path in sources() if path.suffix == ".c"]
    version = f'-DVERSION="{sources_digest()[:16]}"'
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "helper"
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "0"}
        # The compiler runs in the folder of the sources, so that no path of this machine gets into the program.
        command = [*compiler, *WARNINGS, *flags, version, "-o", str(made), *names]
        subprocess.run(command, cwd=HERE, env=environment, check=True)
        output.parent.mkdir(parents=True, exist_ok=True)
        fresh = output.with_name(output.name + ".new")
        fresh.write_bytes(made.read_bytes())
    fresh.chmod(0o755)
    fresh.replace(output)


def build(folder: Path = BIN) -> list[Path]:
    """Build the program for every architecture; return the files made, the one with the digests last."""
    made = {name: folder / f"homeport-helper-{name}" for name in TARGETS}
    for name, target in TARGETS.items():
        compile_with([sys.executable, "-m", "ziglang", "cc", "-target", target], SMALL, made[name])
    return [*made.values(), write_digests(folder, "ziglang")]


def build_native(output: Path | None, *, sanitize: bool) -> Path:
    """Build for this machine with its own C compiler; return the program."""
    place = output or BIN / f"homeport-helper-{MACHINES[platform.machine().lower()]}"
    compile_with([os.environ.get("CC", "cc")], SANE if sanitize else SMALL, place)
    if output is None:
        write_digests(BIN, "native")
    return place


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def built(folder: Path = BIN) -> bool:
    """Say whether every program is there and was made, by the wheel's compiler, from the sources as they are."""
    try:
        made = json.loads((folder / "digests.json").read_bytes())
        digests = {name: _digest(folder / f"homeport-helper-{name}") for name in TARGETS}
    except (OSError, ValueError):
        return False
    return bool(made == {"sources": sources_digest(), "compiler": "ziglang", "programs": digests})


def write_digests(folder: Path, compiler: str) -> Path:
    """Write down what was made from what, for people and for the tests; return the file."""
    programs = {name: folder / f"homeport-helper-{name}" for name in TARGETS}
    digests = {name: _digest(path) for name, path in programs.items() if path.exists()}
    made = {"sources": sources_digest(), "compiler": compiler, "programs": digests}
    place = folder / "digests.json"
    place.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    return place


def main() -> int:
    """Read the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--native", action="store_true", help="with the C compiler of this machine")
    parser.add_argument("--sanitize", action="store_true", help="with --native: stop at the first mistake in memory")
    parser.add_argument("--output", type=Path, help="with --native: another place")
    given = parser.parse_args()
    if given.native:
        made = [build_native(given.output, sanitize=given.sanitize)]
    elif has_zig():
        made = build()
    else:
        print("the helper needs the compiler of the wheel ziglang; try: make helper", file=sys.stderr)
        return 2
    for path in made:
        print(f"{path} {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
