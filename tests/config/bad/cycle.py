from homeport import Stack

stack = Stack("shop")
api = stack.service("api", run="python api.py", port=8000, needs=["worker"])
queue = stack.service("queue", run="python queue.py", port=5000, env={"API": api.url})
stack.service("worker", run="python worker.py", env={"QUEUE": queue.address})
