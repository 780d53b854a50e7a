from homeport import Stack

stack = Stack("shop")
stack.service("api", run="python api.py" port=8000)
