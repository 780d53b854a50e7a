"""A page, an API and a worker, on Postgres and Redis. `homeport up` runs all of it."""

from homeport import Stack, dockerfile, http, restart_after, sync

stack = Stack("demo")

postgres = stack.postgres("postgres", database="demo")
redis = stack.redis("redis")

packages = stack.task(
    "packages",
    run="python -m venv .venv && .venv/bin/python -m pip install --quiet -r requirements.txt",
    inputs=["requirements.txt"],
    outputs=[".venv"],
)
# In a cluster: one image for all programs, which get saves while they run.
programs = ["api.py", "page.py", "service.py", "stores.py", "worker.py"]
image = dockerfile(update=[*(sync(each, f"/app/{each}") for each in [*programs, "page"]), restart_after(when=programs)])

migrate = stack.task(
    "migrate",
    run="python migrate.py",
    inputs=["migrate.py", "schema.sql"],
    env={"DATABASE_URL": postgres.url},
    needs=[packages],
    image=image,
)

api = stack.service(
    "api",
    run="python api.py",
    port=8000,
    ready=http("/health"),
    env={"DATABASE_URL": postgres.url, "REDIS_URL": redis.url},
    needs=[migrate],
    reload=["api.py", "service.py", "stores.py"],
    image=image,
)
stack.service(
    "worker",
    run="python worker.py",
    env={"DATABASE_URL": postgres.url, "REDIS_URL": redis.url},
    needs=[migrate],
    reload=["worker.py", "service.py", "stores.py"],
    image=image,
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
    image=image,
)
