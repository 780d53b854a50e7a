"""Tells its secrets in every way that programs have: ``blab.py WAY NAME…`` prints the variables, then waits or fails."""

import base64
import json
import os
import sys
import time
from urllib.parse import quote, quote_plus


def ways(value: str) -> list[str]:
    """Return a value as programs write it."""
    data = value.encode()
    texts = [value, f"token={value};", json.dumps({"token": value}), json.dumps(json.dumps(value)), repr(value)]
    texts += [quote(value), quote(value, safe=""), quote_plus(value), f"https://user:{quote(value, safe='')}@host/"]
    for before in (b"", b"u:", b"user:", b"me:"):
        for after in (b"", b"!", b":x"):
            texts.append(base64.b64encode(before + data + after).decode())
            texts.append(base64.urlsafe_b64encode(before + data + after).decode())
    return texts


def main() -> None:
    """Say everything, then do what the way asks for."""
    way, names = sys.argv[1], sys.argv[2:]
    values = [os.environ[name] for name in names]
    for value in values:
        for text in ways(value):
            print(text, flush=True)
            print(text, file=sys.stderr, flush=True)
        middle = len(value) // 2
        for piece in (value[:middle], value[middle:] + "\n"):
            os.write(1, piece.encode())
            time.sleep(0.02)  # two writes, two reads
    os.write(2, values[0].encode())  # the last line has no end
    if way == "crash":
        raise RuntimeError(f"cannot log in with {' and '.join(values)}")
    if way == "fail":
        print("the key was", *values, flush=True)
        sys.exit(1)
    time.sleep(1000)


main()
