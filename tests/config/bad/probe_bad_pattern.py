from homeport import Stack, log

stack = Stack("shop")
stack.service("api", run="python api.py", port=8000, ready=log("ready (in"))
