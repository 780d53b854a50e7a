from homeport import Stack, fixed, port

stack = Stack("shop")
stack.service("a", image="a:1", ports={"web": 80, "admin": 80})
stack.service("b", image="a:1", ports={"web": 80, "admin": port(81, host=80)})
stack.service("c", image="a:1", ports={"x": 8080, "y": fixed(8080)})
stack.service("d", run="true", ports={"web": 80, "admin": 80})
