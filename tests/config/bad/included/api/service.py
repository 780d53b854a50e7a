from homeport import Stack

stack = Stack.current()
stack.service("api", run="python api.py", prot=8000)
