from typing import Any

from homeport import Stack

stack = Stack("shop")


def breaks(made: dict[str, Any]) -> None:
    made["spec"]["containers"][0]["tty"] = True


stack.service("a", image="a:1", patch={"Deployment": breaks})
stack.service("b", image="a:1", patch=lambda made: 5)
stack.service("c", image="a:1", patch={"Deployment": lambda made: {**made, "kind": "DaemonSet"}})
stack.service("d", image="a:1", patch={"Deployment": lambda made: made["spec"].update(object=object())})
