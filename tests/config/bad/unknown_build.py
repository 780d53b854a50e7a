from homeport import Stack

stack = Stack("shop")
compile = stack.build("compile", run="make")
stack.service("api", run="./api", build=["compil"])
