from homeport import Stack

stack = Stack("shop")
node = stack.node("22")
stack.service("web", run=[node.program("npn"), "start"], tools=[node])
stack.service("page", run="npm start", tools=["node"])
