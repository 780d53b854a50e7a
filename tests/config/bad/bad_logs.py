from homeport import Stack, keep

stack = Stack("shop")
stack.service("a", run="a", logs=12.5)
stack.service("b", run="b", logs="big")
stack.service("c", run="c", logs=keep("1Ki", age=0))
