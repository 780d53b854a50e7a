from homeport import Stack

stack = Stack("shop")
stack.service("a", image="a:1", patch={"Deployment/": {}, "Deploymnt/a": {}, "Service": 5})
stack.service("b", image="a:1", patch=5)
stack.service("c", run="x", patch=print)
