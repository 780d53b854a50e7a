from homeport import Stack, image, restart_after, sync

stack = Stack("shop")
shared = image("a:1", update=[sync("includd", "/app"), restart_after()])
stack.service("a", image=shared)
stack.service("b", image=shared)
stack.service("c", image=image("a:1", update=sync("nosuch/page", "/app/page")))
stack.service("d", image=image("a:1", update="src"))
made = stack.task("made", run="true")
stack.service("e", image=image("a:1", update=sync("dist", "/app/dist")), needs=[made])
