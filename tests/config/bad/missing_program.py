from homeport import Stack

stack = Stack("shop")
stack.service("api", run=["uvicornn", "api:app"])
stack.service("web", run=["./bin/web"])
