from pathlib import Path

from homeport import Stack

stack = Stack("shop")
api = stack.service("api", run="python api.py", port=8000)
Path("/dev/null").write_text(f"url = {api.url}")
