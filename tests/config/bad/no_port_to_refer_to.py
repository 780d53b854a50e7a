from homeport import Stack

stack = Stack("shop")
worker = stack.service("worker", run="python worker.py")
stack.service("api", run="python api.py", env={"WORKER": worker.url})
