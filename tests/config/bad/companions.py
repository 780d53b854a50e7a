from homeport import Stack, container, http, init_container, password, sidecar

stack = Stack("shop")
token = stack.secret("token", password())
proxy = sidecar("envoy:1", port=80)
stack.service("a", image="a:1", container=container(sidecars={"a": proxy}))
stack.service("b", image="a:1", port=80, container=container(sidecars={"proxy": proxy}))
stack.service("c", image="a:1", container=container(sidecars={"proxy": "envoy:1"}, init={"x": proxy}))
stack.service("d", image="a:1", container=container(sidecars={"Proxy": proxy}, init=[proxy]))
stack.service("e", image="a:1", container=container(sidecars={"x": sidecar("b:1", run=["b", token])}))
stack.service("f", image="a:1", container=container(init={"x": init_container("b:1", mounts={"data": "/data"})}))
stack.service("g", image="a:1", container=container(mounts={"logs": "logs", "A B": "/x"}))
stack.service("h", image="a:1", container=container(sidecars={"x": sidecar("Dockerfile")}))
stack.service("i", image="a:1", container=container(sidecars={"x": sidecar("b:1", ready=http("/", port="no"), port=1)}))
