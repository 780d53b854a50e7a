from homeport import Stack

stack = Stack("shop")
stack.service("api", "python api.py", 8000)
