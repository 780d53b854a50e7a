from homeport import Stack

stack = Stack("shop")
level = stack.option("level", default="info", choices=["info", "debug"])
count = stack.option("count", default=2)
region = stack.option("region", type=str)
stack.service("api", run=["python", "api.py", level], replicas=count.value)
