from homeport import Stack

stack = Stack("shop")
stack.servce("api", run="python api.py")
