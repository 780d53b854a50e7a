from homeport import Stack

stack = Stack("shop")
stack.service("api", run="python api.py", needs=["worker"])
stack.service("worker", run="python worker.py", needs=["api"])
stack.task("seed", run="python seed.py", needs=["seed"])
