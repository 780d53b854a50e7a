"""Wrong uses that a type checker finds; every line marked `wrong` must be an error of its own."""

from homeport import Stack, built, container, dockerfile, http, init_container, kubernetes, sidecar, sync

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
stack.service("n", image=5)  # wrong
stack.service("o", image=dockerfile(update=["src"]))  # wrong
stack.service("p", image="a:1", container={"run": "x"})  # wrong
stack.service("q", image="a:1", memory=["1Gi", "2Gi"])  # wrong
stack.service("r", image="a:1", files={"/a": 5})  # wrong
stack.service("s", image="a:1", patch={"Deployment": 5})  # wrong
built("make")  # wrong
sync("src")  # wrong
stack.task("t", image="a:1", storage="5Gi")  # wrong
stack.build("u", run="x", image="a:1")  # wrong
stack.service("v", image="a:1", on="kubernets")  # wrong
stack.service("w", image="a:1", on=kubernetes(context="prod"))  # wrong
Stack("shop", on=5)  # wrong
stack.service("x", image="a:1", container=container(needs=[http]))  # wrong
container(init={"a": sidecar("a:1")})  # wrong
container(sidecars={"a": init_container("a:1")})  # wrong
init_container("a:1", port=80)  # wrong
stack.service("y", image="a:1", patch=lambda: None)  # wrong
stack.manifests("z", 5)  # wrong
stack.manifests("z", "k8s", ports={"web": 80})  # wrong
