from homeport import Stack

stack = Stack("shop")
db = stack.postgres("postgres")
stack.service("api", run="python api.py", env={"LEVEL": 3, "DATABASE": db, "DEBUG": True})
