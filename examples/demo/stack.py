"""A page, an API and a worker, on Postgres and Redis. `homeport up` runs all of it."""

from homeport import Stack, http

stack = Stack("demo")

postgres = stack.postgres("postgres", database="demo")
redis = stack.redis("redis")

packages = stack.task(
    "packages",
    run="python -m venv .venv && .venv/bin/python -m pip install --quiet -r requirements.txt",
    inputs=["requirements.txt"],
    outputs=[".venv"],
)
migrate = stack.task(
    "migrate",
    run="python migrate.py",
    inputs=["migrate.py", "schema.sql"],
    env={"DATABASE_URL": postgres.url},
    needs=[packages],
)

api = stack.service(
    "api",
    run="python api.py",
    port=8000,
    ready=http("/health"),
    env={"DATABASE_URL": postgres.url, "REDIS_URL": redis.url},
    needs=[migrate],
    reload=["api.py", "service.py", "stores.py"],
)
stack.service(
    "worker",
    run="python worker.py",
    env={"DATABASE_URL": postgres.url, "REDIS_URL": redis.url},
    needs=[migrate],
    reload=["worker.py", "service.py", "stores.py"],
)
stack.service(
    "page",
    run="python page.py",
    port=3000,
    ready=http("/"),
    env={"API_URL": api.url},
    needs=[packages],
    reload=["page.py", "service.py"],  # page/ is read anew at every request
    links={"Page": "/"},
)
