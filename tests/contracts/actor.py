"""A real program that does what a ``Program`` of the fake runtime says (given as JSON), so that one suite fits both."""

import json
import os
import signal
import sys


def act(told: dict) -> None:
    """Do as told."""
    for name in told["ignores"]:
        signal.signal(signal.Signals[name], signal.SIG_IGN)
    if told["stops"]:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(told["stops"]["code"]))
    if told["lingers"] and os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.write(1, b"lingering\n")
        wait_for_ever()
    for say in told["says"]:
        os.write(1 if say["stream"] == "out" else 2, say["text"].encode())
    if told["lives"] is None:
        wait_for_ever()
    end(told["ends"])


def end(how: dict) -> None:
    """End with a code or by a signal."""
    if how["signal"]:
        os.kill(os.getpid(), signal.Signals[how["signal"]])
    os._exit(how["code"])


def wait_for_ever() -> None:
    """Live until killed."""
    while True:
        signal.pause()


if __name__ == "__main__":
    act(json.loads(sys.argv[1]))
