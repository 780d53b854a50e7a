from homeport import Stack, container

stack = Stack("shop")
stack.service("a", image="a:1", memory=("512Mi", "256Mi"), cpu=(2, "500m"))
stack.service("b", image="a:1", memory=512)
stack.service("c", image="a:1", cpu=0)
stack.service("d", image="a:1", memory=("64Mi", 0))
stack.service("e", image="a:1", memory="-5Mi", cpu=-1)
stack.service("f", image="a:1", replicas=-1)
stack.service("g", image="a:1", container=container(data="/d"), storage=0)
stack.service("h", image="")
stack.service("i", image="a/b:")
stack.service("j", image="https://ghcr.io/team/api")
