"""Draws docs/images/up.svg: `homeport up` of the demo, run for real on a terminal of its own.

`python scripts/picture.py` runs the demo until everything is ready, presses Ctrl-C, and draws the last full picture.
"""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "up.svg"
COLUMNS, ROWS = 92, 24
CHARACTER, LINE, MARGIN = 8.4, 19, 18
COLOURS = {"31": "#f47067", "32": "#57ab5a", "33": "#daaa3f", "34": "#6cb6ff", "35": "#dcbdfb", "36": "#56d4dd"}
PLAIN, DIM, GROUND = "#d1d9e0", "#8b949e", "#0d1117"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" role="img" '
    'aria-label="homeport up: the logs of five programs, and below them a table of what runs where">'
)
TOKEN = re.compile(r"\x1b\[\??([\d;]*)([A-Za-z])|\r|\n|[^\x1b\r\n]+")


class Paper:
    """A terminal's lines: enough of one for what Homeport draws (colours, up, erase to the end)."""

    def __init__(self) -> None:
        self.lines: list[list[tuple[str, str]]] = [[]]
        self._row = 0
        self._style = ""

    def write(self, text: str) -> None:
        """Takes output as a terminal would."""
        for match in TOKEN.finditer(text):
            codes, letter = match[1], match[2]
            if letter == "m":
                self._style = "" if codes in ("", "0") else codes
            elif letter == "A":
                self._row -= int(codes or 1)
            elif letter == "J":
                del self.lines[self._row + 1 :]
                self.lines[self._row] = []
            elif match[0] == "\n":
                self._row += 1
                if self._row == len(self.lines):
                    self.lines.append([])
            elif not letter and match[0] != "\r":
                self.lines[self._row].append((self._style, match[0]))


def run() -> Paper:
    """Runs the demo until its page is ready; returns what was on the terminal then."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    paper, ready = Paper(), Paper()
    with tempfile.TemporaryDirectory() as state:
        environ = {**os.environ, "XDG_STATE_HOME": state, "TERM": "xterm-256color"}
        for name in ("CI", "NO_COLOR"):
            environ.pop(name, None)
        command = [sys.executable, "-m", "homeport", "-f", "examples/demo/stack.py", "up"]
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdin=theirs, stdout=theirs, start_new_session=True)
        os.close(theirs)
        for text in output(ours):
            paper.write(text)
            words = "\n".join("".join(part for _, part in line) for line in paper.lines)
            if not ready.lines[0] and len(re.findall(r"^\w+ +ready", words, re.MULTILINE)) == 5 and "page " in words:
                ready.lines = [list(line) for line in paper.lines]
                process.send_signal(signal.SIGINT)
        process.wait()
    return ready


def output(terminal: int) -> Iterator[str]:
    """Yields what comes from a terminal until it is closed, whole frames at a time."""
    pending = b""
    while True:
        try:
            pending += os.read(terminal, 65536)
        except OSError:
            return
        if pending.endswith((b"\n", b"l")):
            yield pending.decode()
            pending = b""


def draw(lines: list[list[tuple[str, str]]]) -> str:
    """Returns the lines as a picture of a terminal."""
    width, height = COLUMNS * CHARACTER + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    rows = [
        SVG.format(width=width, height=height),
        f'<rect width="100%" height="100%" rx="10" fill="{GROUND}"/>',
        f'<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="{PLAIN}">',
    ]
    for number, line in enumerate(lines):
        spans = "".join(f"<tspan{look(style)}>{escape(part)}</tspan>" for style, part in line)
        rows.append(f'<text x="{MARGIN}" y="{MARGIN + 14 + number * LINE}" xml:space="preserve">{spans}</text>')
    return "\n".join([*rows, "</g>", "</svg>", ""])


def look(style: str) -> str:
    """Returns a style as attributes."""
    if style == "1":
        return ' font-weight="bold"'
    colour = DIM if style == "2" else COLOURS.get(style)
    return f' fill="{colour}"' if colour else ""


def main() -> None:
    """Run, keep the lines that fit, draw."""
    lines = [[("", "$ homeport up")]]
    for line in run().lines:
        text = "".join(part for _, part in line)
        if (
            len(text) <= COLUMNS and str(ROOT) not in text and " # " not in text and "mode=" not in text
        ):  # noise stays out
            lines.append(line)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(draw(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
