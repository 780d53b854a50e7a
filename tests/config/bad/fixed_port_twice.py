from homeport import Stack, fixed

stack = Stack("shop")
stack.service("api", run="python api.py", port=fixed(8000))
stack.service("web", run="python web.py", port=3000, host=8000)
stack.service("worker", run="python worker.py", port=fixed(9000), replicas=3)
