from homeport import Stack

stack = Stack("shop")
api = stack.service("api", run="python api.py", ports={"http": 8000, "metrics": 9000})
stack.service("web", run="python web.py", env={"API": api.port("metric")})
