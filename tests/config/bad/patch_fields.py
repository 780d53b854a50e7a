from homeport import Stack

stack = Stack("shop")

stack.service("a", image="a:1", patch={"Deployment": {"spec": {"replcas": 2}}})
stack.service("b", image="a:1", patch={"Deployment": {"spec": 5}, "ServiceAccount": {"metdata": {}}})
stack.service("c", image="a:1", patch={"Deployment": {"spec": {"replicas": "two", "paused": 1}}})
stack.service("d", image="a:1", patch={"Deployment": {"spec": {"template": {"spec": {"nodeSelectors": {"a": "b"}}}}}})
stack.service("e", image="a:1", patch={"Deployment": {"spec": {"template": {"spec": {"tolerations": {"key": "x"}}}}}})
stack.service("f", image="a:1", patch={"Deployment": {"spec": {"template": {"spec": {"containers": [{"nam": "x"}]}}}}})
stack.service("g", image="a:1", patch={"Deployment": {"metadata": {"annotations": {"team": 5}}}})
stack.service("h", image="a:1", patch={"Deployment": {"spec": {"template": {"spec": {"containers": 7}}}}})
stack.service("i", image="a:1", patch={"Service": {"spec": {"type": "NodePort"}}})
stack.service("k", image="a:1", patch={"Deployment": {"spec": None}})
stack.service("l", image="a:1", port=80, patch={"Service": {"spec": {"ports": [{"port": "80x"}]}}})
stack.service("m", image="a:1", patch={"Deployment": {"spec": {"strategy": {"rollingUpdate": {"maxSurge": "25%"}}}}})
stack.service("n", image="a:1", patch={"Deployment": {"spec": 5}, "ServiceAccount": lambda made: None})
stack.service("o", image="a:1", patch={"Deployment": {"metadata": {"annotations": 5, "labels": {"a": True}}}})
