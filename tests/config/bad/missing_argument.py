from homeport import Stack

stack = Stack("shop")
stack.service("api", port=8000)
