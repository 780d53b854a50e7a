from homeport import Stack, container, docker, kubernetes

stack = Stack("shop", on=kubernetes(namespace="My Team", registry="https://ghcr.io/team"))
stack.service("a", image="a:1", on="kubernets")
stack.service("b", image="a:1", on="the moon")
stack.service("c", image="a:1", on=kubernetes(context="prod"))
stack.service("d", image="a:1", on=5)
stack.service("e", run="x", on=docker)
stack.task("f", run="x", on=kubernetes)
stack.service("g", image="a:1", container=container(needs=["packges"]))
stack.service("h", image="a:1", container=container(needs=5))
