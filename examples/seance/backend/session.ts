// A session is a name and its signature: nothing to store, and any replica with the same key can check it.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const key = process.env.SESSION_KEY || temporaryKey();

function temporaryKey(): string {
  console.warn("backend: no SESSION_KEY: sessions end when this process does (see .env.example)");
  return randomBytes(32).toString("hex");
}

function signature(name: string): Buffer {
  return createHmac("sha256", key).update(name).digest();
}

/** The token that `name` shows from now on. */
export function open(name: string): string {
  return `${Buffer.from(name).toString("base64url")}.${signature(name).toString("base64url")}`;
}

/** Who holds the token, or undefined if we did not sign it. */
export function holder(token: string): string | undefined {
  const [name, signed] = token.split(".").map((part) => Buffer.from(part, "base64url"));
  if (!name || !signed) return undefined;
  const expected = signature(name.toString());
  return signed.length === expected.length && timingSafeEqual(signed, expected) ? name.toString() : undefined;
}
