from homeport import Stack, http

stack = Stack("shop")
stack.service(
    "api",
    run="python api.py",
    port=8080,
    redy=http("/health"),
)
