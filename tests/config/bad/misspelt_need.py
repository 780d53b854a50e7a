from homeport import Stack

stack = Stack("shop")
stack.service("postgres", run="exec postgres")
stack.service("api", run="python api.py", needs=["postgrs"])
stack.service("worker", run="python worker.py", needs=["api", "qeue"])
