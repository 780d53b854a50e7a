from homeport import Stack, http, restart, stop

stack = Stack("shop")
stack.service(
    "api",
    run="python api.py",
    port=8000,
    ready=http("health", every="2 fortnights", timeout=0),
    stop=stop("SIGTREM", grace=-1),
    restart=restart("sometimes"),
)
