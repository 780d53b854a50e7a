from typing import Any

from homeport import Stack

stack = Stack("shop")


def scale(made: dict[str, Any]) -> None:
    made["spec"]["replcas"] = 2


stack.service("a", image="a:1", patch={"Deployment": scale})
