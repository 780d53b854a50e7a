from homeport import Stack, http, tcp

stack = Stack("shop")
stack.service("api", run="python api.py", ports={"http": 8000, "admin": 9000}, ready=http("/health", port="htpp"))
stack.service("worker", run="python worker.py", ready=tcp())
stack.service("number", run="true", port=80, ready=http("/", port=90))
