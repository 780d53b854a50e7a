from homeport import Stack

stack = Stack("shop")
stack.manifests("a")
stack.manifests("b", "nowhere.yaml", 5)
stack.manifests("c", {"kind": "ConfigMap"}, {"apiVersion": "v1", "kind": "ConfigMap"})
stack.manifests("d", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "d"}, "data": {"a": object}})
stack.manifests("e", run="true")
stack.manifests("f", inputs=["k8s"])
own = stack.manifests("g", run=["print", stack.service("h", run="h", port=1).address], inputs=["k8s"])
stack.manifests("i", "manifests.py", ports={"web": ("Sevice/web", 80), "x": 80, "y": ("Service", 80)}, images=["a:1"])
stack.manifests("j", "manifests.py", needs=["nobody", own])
