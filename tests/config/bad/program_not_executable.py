from homeport import Stack

stack = Stack("shop")
stack.service("web", run=["./latin.env", "--serve"])
