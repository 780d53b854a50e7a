from homeport import Stack

stack = Stack("shop")
stack.include("included/api/*.py")
