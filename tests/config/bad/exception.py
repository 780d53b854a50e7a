from homeport import Stack

stack = Stack("shop")
limits = {"api": 1}


def replicas(name):
    return limits[name] * 2


stack.service("web", run="python web.py", replicas=replicas("web"))
