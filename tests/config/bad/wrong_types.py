from homeport import Stack, http

stack = Stack("shop")
stack.service("api", run="python api.py", port="8080", replicas="2")
stack.service("web", run=8000, ready="/health", env=["A=1"])
stack.service("worker", run=["python", "worker.py", None], needs=[http], reload=5)
stack.task("seed", run="python seed.py", timeout="soon", manual="yes")
