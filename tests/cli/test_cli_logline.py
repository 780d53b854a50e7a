"""Names beside the lines of logs."""

from homeport.cli.screen.logline import Gutter
from homeport.cli.screen.paint import plain
from homeport.model.lines import LogLine


def test_long_names_differ_by_their_ends() -> None:
    """Pods of one workload are called alike in the beginning, so that the middle is left out."""
    gutter = Gutter()
    shown = [
        gutter.line(LogLine(f"telegram.deployment-{end}", 1, 0.0, "out", "x"), plain) for end in ("x7k2p", "bbbbb")
    ]
    assert shown == ["telegram.…ment-x7k2p | x", "telegram.…ment-bbbbb | x"]
