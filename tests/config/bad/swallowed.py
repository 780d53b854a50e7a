from homeport import Stack

stack = Stack("shop")
api = stack.service("api", run="python api.py")
try:
    url = api.url
except Exception:
    url = ""
stack.service("web", run="python web.py", env={"API": url})
