"""Where figures are taken: environments that the bench installs by itself, and folders that nobody else uses."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(__file__).resolve().parent / "programs"
OURS = ("--editable", f"{CHECKOUT}[postgres]")
PEERS = ("honcho", "supervisor", "setuptools<81")


@dataclass(frozen=True)
class Place:
    """The environments below ``cache``, one ``folder`` for this doing, and the seconds that slow figures may take."""

    cache: Path
    folder: Path
    quick: bool

    @property
    def homeport(self) -> str:
        """The console script, as users have it."""
        return str(self.cache / "homeport" / "bin" / "homeport")

    @property
    def python(self) -> str:
        """The interpreter behind the console script."""
        return str(self.cache / "homeport" / "bin" / "python")

    def peer(self, name: str) -> str:
        """Return a program of the peers' environment."""
        return str(self.cache / "peers" / "bin" / name)

    @property
    def environ(self) -> Mapping[str, str]:
        """An environment whose XDG folders belong to this doing alone."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "HOMEPORT_"))}
        own = {f"XDG_{kind}_HOME": str(self.folder / kind.lower()) for kind in ("STATE", "DATA", "CONFIG")}
        return {**kept, **own, "XDG_CACHE_HOME": str(self.cache / "xdg"), "XDG_RUNTIME_DIR": str(self.folder / "run")}

    def write(self, name: str, text: str) -> Path:
        """Write a file of this doing."""
        path = self.folder / name
        path.write_text(text)
        return path

    def run(self, *argv: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program of this doing to its end, and tell what it said when it failed."""
        done = subprocess.run(argv, cwd=self.folder, env=self.environ, text=True, capture_output=True, check=False)
        if check and done.returncode:
            raise RuntimeError(
                f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        return done

    def start(self, *argv: str) -> subprocess.Popen[bytes]:
        """Start a program of this doing; what it says goes to ``out``."""
        with open(self.folder / "out", "ab") as out:
            return subprocess.Popen(
                argv, cwd=self.folder, env=self.environ, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )


def prepare(cache: Path) -> None:
    """Make the environments that are missing below ``cache``."""
    for name, wanted in (("homeport", OURS), ("peers", PEERS)):
        done, needed = cache / name / ".done", "\n".join((*wanted, (CHECKOUT / "pyproject.toml").read_text()))
        if not done.exists() or done.read_text() != needed:
            print(f"installing {' '.join(wanted)} into {cache / name}", file=sys.stderr)
            _install(cache / name, wanted)
            done.write_text(needed)


def _install(folder: Path, wanted: Sequence[str]) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *wanted], check=True)


@contextmanager
def place(cache: Path, *, quick: bool) -> Iterator[Place]:
    """Give a place for one doing; its folder goes afterwards, and its house too when the doing failed."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    (folder / "run").mkdir(mode=0o700)
    given = Place(cache, folder, quick)
    try:
        yield given
    except BaseException:
        given.run(given.homeport, "down", check=False)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
