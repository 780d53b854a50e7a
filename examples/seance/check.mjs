// Checks a running stack from outside, as its team would: `node check.mjs`, exit code 0 when all holds.
// Where it runs is told by LANDING_URL, BACKEND_URL and SIGNALING_URL. It saves two source files to see the
// reload and puts them back, whatever happens.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { WebSocket } from "ws";

const landing = new URL(process.env.LANDING_URL || "http://127.0.0.1:5928");
const backend = new URL(process.env.BACKEND_URL || "http://127.0.0.1:8765");
const signaling = new URL(process.env.SIGNALING_URL || "ws://127.0.0.1:4444");
const LIMIT_MS = Number(process.env.CHECK_TIMEOUT || 15) * 1000;

const text = async (path, base) => {
  const response = await fetch(new URL(path, base), { signal: AbortSignal.timeout(LIMIT_MS) });
  assert.equal(response.status, 200, `${response.url} answers ${response.status}`);
  return response.text();
};

const post = async (path, body, headers = {}) => {
  const response = await fetch(new URL(path, backend), {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  return { status: response.status, body: await response.json() };
};

const socketTo = async (path, base, ...protocols) => {
  const url = new URL(path, base);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url, protocols);
  await once(socket, "open", { signal: AbortSignal.timeout(LIMIT_MS) });
  return socket;
};

/** The next message that `wanted` accepts; listening starts at the call and misses none, however many come at once. */
const message = (socket, wanted = () => true) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => done(() => reject(new Error("no such message came"))), LIMIT_MS);
    const hear = (data) => wanted(String(data)) && done(() => resolve(String(data)));
    const done = (settle) => {
      clearTimeout(timer);
      socket.off("message", hear);
      settle();
    };
    socket.on("message", hear);
  });

// What we changed, so that it can be put back, also when somebody interrupts us.
const originals = new Map();
const save = (file, change) => {
  const path = new URL(file, import.meta.url);
  if (!originals.has(file)) originals.set(file, { path, content: readFileSync(path, "utf8") });
  writeFileSync(path, change(originals.get(file).content));
};
const restore = () => {
  for (const { path, content } of originals.values()) writeFileSync(path, content);
  originals.clear();
};
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));
process.on("exit", restore);

// The connection by which Vite tells an open page what changed.
let hmr;
const isReload = (data) => ["update", "full-reload"].includes(JSON.parse(data).type);

/** When the answering backend process began, or undefined while none answers. */
const started = async () => {
  const health = await text("/health", backend).catch(() => undefined);
  return health && JSON.parse(health).started;
};

/** Makes the change and waits until another process answers; the milliseconds that it took. */
const restarted = async (change) => {
  const first = await started();
  const before = performance.now();
  change();
  for (let now; now === undefined || now === first; now = await started()) {
    assert.ok(performance.now() - before < LIMIT_MS, "no new process answers");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - before;
};

const checks = {
  "the landing page is served by Vite, and reaches the API": async () => {
    assert.match(await text("/", landing), /\/@vite\/client/);
    assert.ok(Array.isArray(JSON.parse(await text("/api/questions", landing))));
  },

  "a save of the landing page is a hot update, without a reload": async () => {
    const token = /const wsToken = "([^"]+)"/.exec(await text("/@vite/client", landing))?.[1] ?? "";
    await text("/main.ts", landing); // Vite sends updates of what it has served.
    await text("/greeting.ts", landing);
    hmr = await socketTo(`/?token=${token}`, landing, "vite-hmr");
    const words = `Who knocks? ${Date.now()}`;
    const told = message(hmr, isReload);
    const before = performance.now();
    const edit = () => save("landing/greeting.ts", (code) => code.replace(/".*"/, JSON.stringify(words)));
    edit();
    // Vite answers before it watches: a person whose first save was too early saves again.
    const again = setInterval(edit, 3000);
    const update = JSON.parse(await told.finally(() => clearInterval(again)));
    const took = performance.now() - before;
    assert.equal(update.type, "update");
    assert.equal(update.updates[0].acceptedPath, "/greeting.ts");
    assert.ok((await text(`/greeting.ts?t=${update.updates[0].timestamp}`, landing)).includes(words));
    return `${took.toFixed(0)} ms`;
  },

  "the backend is healthy and documents itself without any other host": async () => {
    assert.equal(JSON.parse(await text("/health", backend)).status, "ok");
    const { paths } = JSON.parse(await text("/openapi.json", backend));
    assert.ok(paths["/api/questions"].get && paths["/api/questions"].post);
    assert.doesNotMatch(await text("/ui", backend), /https?:\/\//);
  },

  "who sits down may ask, and the question is stored": async () => {
    const asked = `Is anybody there? ${Date.now()}`;
    assert.equal((await post("/api/questions", { text: asked })).status, 401);
    assert.equal((await post("/api/sessions", { name: "" })).status, 400);
    const { token } = (await post("/api/sessions", { name: "Ada" })).body;
    const answer = await post("/api/questions", { text: asked }, { authorization: `Bearer ${token}` });
    assert.equal(answer.status, 201);
    const stored = JSON.parse(await text("/api/questions", backend)).find((question) => question.text === asked);
    assert.equal(stored?.by, "Ada");
  },

  "peers hear each other, through the backend and directly, and no other room does": async () => {
    const room = `?room=check-${Date.now()}`;
    const [one, other, direct, stranger] = await Promise.all([
      socketTo(`/signaling${room}`, backend),
      socketTo(`/signaling${room}`, backend),
      socketTo(`/${room}`, signaling),
      socketTo(`/signaling${room}-next`, backend),
    ]);
    stranger.on("message", () => assert.fail("a message reached another room"));
    const heard = Promise.all([message(other), message(direct)]);
    one.send("offer");
    assert.deepEqual(await heard, ["offer", "offer"]);
    const answered = message(one);
    direct.send("answer");
    assert.equal(await answered, "answer");
    for (const socket of [one, other, direct, stranger]) socket.close();
  },

  "a save of the backend restarts it": async () => {
    const took = await restarted(() => save("backend/session.ts", (code) => `${code}// saved by check.mjs\n`));
    return `${took.toFixed(0)} ms`;
  },

  // Not right after the first save: Vite's watcher drops the second of two changes within 50 ms.
  "putting both files back is an update and a restart again": async () => {
    const told = message(hmr, isReload);
    await restarted(restore);
    assert.equal(JSON.parse(await told).type, "update");
    hmr.close();
  },
};

for (const [law, check] of Object.entries(checks)) {
  try {
    const figure = await check();
    console.log(`ok    ${law}${figure ? ` (${figure})` : ""}`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`wrong ${law}: ${error.message}`);
  }
}
process.exit();
