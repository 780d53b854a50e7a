"""Wrong uses that a type checker finds; every line marked `wrong` must be an error of its own."""

from homeport import Stack, http

stack = Stack("shop")
db = stack.postgres("postgres")
stack.service(run="x")  # wrong
stack.service("b", run="x", port="80")  # wrong
stack.service("c", run="x", redy=http("/"))  # wrong
stack.service("d", run="x", ready="/health")  # wrong
stack.service("e", run="x", env={"DB": db})  # wrong
stack.service("f", run="x", needs=[http])  # wrong
stack.service("g", "x")  # wrong
stack.service("h", run="x", restart="sometimes")  # wrong
stack.option("i", default=[1])  # wrong
stack.task("j", run="x", port=1)  # wrong
stack.service("k", run="x", reload=5)  # wrong
stack.secret("l", "text")  # wrong
stack.servce("m", run="x")  # wrong
http(port=80)  # wrong
