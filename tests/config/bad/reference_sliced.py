from homeport import Stack

stack = Stack("shop")
api = stack.service("api", run="python api.py", port=8000)
stack.service("web", run="python web.py", env={"API": api.url[7:]})
