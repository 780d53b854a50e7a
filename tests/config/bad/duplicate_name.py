from homeport import Stack

stack = Stack("shop")
stack.service("api", run="python api.py")
for each in ("worker", "api"):
    stack.service(each, run="python worker.py")
stack.secret("api", "swordfish")
