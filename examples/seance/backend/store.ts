// The questions that were asked, newest first, in Valkey.
import { createClient } from "@redis/client";

export type Question = { by: string; text: string; at: string };

const KEY = "seance:questions";
const KEPT = 100;

// Without the queue a command fails at once while the store is away, instead of waiting for it.
const client = createClient({
  url: process.env.VALKEY_URL || "redis://127.0.0.1:6379",
  disableOfflineQueue: true,
});
client.on("error", (error: Error) => console.error(`backend: valkey: ${error.message || error.name}`));
// Not awaited: until the store answers /health says so, and the client keeps trying.
void client.connect().catch(() => undefined);

export async function reachable(): Promise<boolean> {
  return client.ping().then(
    () => true,
    () => false,
  );
}

/** The store could not do what was asked; the message says why. */
export class Unavailable extends Error {}

async function answered<T>(reply: Promise<T>): Promise<T> {
  return reply.catch((error: Error) => {
    throw new Unavailable(error.message, { cause: error });
  });
}

export async function add(question: Question): Promise<void> {
  await answered(client.multi().lPush(KEY, JSON.stringify(question)).lTrim(KEY, 0, KEPT - 1).exec());
}

export async function newest(): Promise<Question[]> {
  const stored = await answered(client.lRange(KEY, 0, KEPT - 1));
  return stored.map((text) => JSON.parse(text) as Question);
}
