from homeport import Stack, this

stack = Stack("shop")
stack.service("api", run=["python", "api.py", this.port("metric")], ports={"http": 8000, "metrics": 9000})
stack.service("web", run=["python", "web.py", this.port()])
