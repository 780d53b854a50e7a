from homeport import Stack

stack = Stack("shop")
stack.include("services/*/stack.py")
