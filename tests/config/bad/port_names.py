from homeport import Stack, container, sidecar

stack = Stack("shop")
stack.service("here", run="x", ports={"p_q": 8000})
stack.service("there", image="a:1", ports={"p_q": 8000, "Admin": 8001, "fine-1": 8002})
stack.service("beside", image="a:1", container=container(sidecars={"log": sidecar("b:1", ports={"log_in": 9000})}))
