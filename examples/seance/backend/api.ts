// The HTTP API. Every route states its types once: they check the request, type the code and make /openapi.json.
import { readFile } from "node:fs/promises";
import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import * as session from "./session.ts";
import * as store from "./store.ts";

const started = new Date().toISOString();

const Health = z.object({ status: z.enum(["ok", "starting"]), started: z.iso.datetime() }).openapi("Health");
const Problem = z.object({ error: z.string() }).openapi("Problem");
const Name = z.object({ name: z.string().min(1).max(40).openapi({ example: "Ada" }) }).openapi("Name");
const Session = z.object({ token: z.string() }).openapi("Session");
const Asked = z.object({ text: z.string().min(1).max(280).openapi({ example: "Is anybody there?" }) }).openapi("Asked");
const Question = z.object({ by: z.string(), text: z.string(), at: z.iso.datetime() }).openapi("Question");

const json = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { "application/json": { schema } },
});
const body = <T extends z.ZodType>(schema: T) => ({
  body: { required: true, content: { "application/json": { schema } } },
});

export const api = new OpenAPIHono({
  defaultHook: (result, c) => (result.success ? undefined : c.json({ error: z.prettifyError(result.error) }, 400)),
});

api.onError((error, c) => {
  if (error instanceof HTTPException) return c.json({ error: error.message }, error.status);
  console.error(`backend: ${c.req.method} ${c.req.path}: ${error.message}`);
  if (error instanceof store.Unavailable) return c.json({ error: "the store does not answer" }, 503);
  return c.json({ error: "this failed, and the log of the backend says why" }, 500);
});

api.openapi(
  createRoute({
    method: "get",
    path: "/health",
    summary: "Whether this process can serve, and since when it runs",
    responses: { 200: json("ready", Health), 503: json("the store does not answer yet", Health) },
  }),
  async (c) => {
    if (await store.reachable()) return c.json({ status: "ok" as const, started }, 200);
    return c.json({ status: "starting" as const, started }, 503);
  },
);

api.openapi(
  createRoute({
    method: "post",
    path: "/api/sessions",
    summary: "Sit down at the table",
    request: body(Name),
    responses: { 201: json("the token to ask with", Session), 400: json("no proper name", Problem) },
  }),
  (c) => c.json({ token: session.open(c.req.valid("json").name) }, 201),
);

api.openapi(
  createRoute({
    method: "get",
    path: "/api/questions",
    summary: "What was asked, newest first",
    responses: { 200: json("the questions", z.array(Question)), 503: json("the store does not answer", Problem) },
  }),
  async (c) => c.json(await store.newest(), 200),
);

api.openAPIRegistry.registerComponent("securitySchemes", "session", { type: "http", scheme: "bearer" });
api.openapi(
  createRoute({
    method: "post",
    path: "/api/questions",
    summary: "Ask a question",
    security: [{ session: [] }],
    request: body(Asked),
    responses: {
      201: json("it was asked", Question),
      400: json("no proper question", Problem),
      401: json("nobody at the table holds this token", Problem),
      503: json("the store does not answer", Problem),
    },
  }),
  async (c) => {
    const by = session.holder((c.req.header("authorization") ?? "").replace(/^Bearer /i, ""));
    if (by === undefined) return c.json({ error: "sit down first: POST /api/sessions" }, 401);
    const question = { by, text: c.req.valid("json").text, at: new Date().toISOString() };
    await store.add(question);
    return c.json(question, 201);
  },
);

api.doc31("/openapi.json", { openapi: "3.1.0", info: { title: "Seance", version: "1.0.0" } });

// Read for each request, so that a save of the page needs no restart.
const page = new URL("ui.html", import.meta.url);
api.get("/ui", async (c) => c.html(await readFile(page, "utf8")));
api.get("/", (c) => c.redirect("/ui"));
