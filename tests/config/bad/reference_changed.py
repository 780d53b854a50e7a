import json

from homeport import Stack

stack = Stack("shop")
api = stack.service("api", run="python api.py", port=8000)
address = f"at {api.url}"
stack.service("web", run="python web.py", env={"CUT": address[:14], "LOUD": address.upper(), "REPR": f"{api.url!r}"})
stack.service("page", run="python page.py", env={"JSON": json.dumps({"api": api.url})})
