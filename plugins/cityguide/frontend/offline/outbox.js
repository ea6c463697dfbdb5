/**
 * What a visitor wants to tell the town and could not yet: it waits on this device under a random key and
 * is sent once there is a network. The server knows the key, so that what arrives twice has one effect.
 *
 * Page and service worker share this file: no words, no elements.
 */
import { all, put, read, write } from "./database.js";

const ADDRESS = "/guide/outbox";
const NAME = "stadtkern-guide-outbox";
const PREFIX = "outbox/";
/** What the browser may do later by itself (Background Sync), where it can. */
export const TAG = "guide-outbox";
const LATER = [408, 425, 429];

export const WAITING = "waiting";
const SENT = "sent";
const REFUSED = "refused";

const told = () => {
  const channel = new BroadcastChannel(NAME);
  channel.postMessage("changed");
  channel.close();
};

/** Call `work` whenever something here changes, in this window or in another. */
export function follow(work) {
  new BroadcastChannel(NAME).onmessage = () => work();
}

/** Return all rows: {key, deed, title, at, state, body, reference}, the oldest first. */
export async function rows() {
  const found = (await all("notes")).filter(([name]) => String(name).startsWith(PREFIX)).map(([, row]) => row);
  return found.sort((one, other) => one.at - other.at);
}

/** Store a deed; its body is written once, so that it is the same however often it is sent. */
export async function queue(title, body) {
  const key = crypto.randomUUID();
  await put("notes", PREFIX + key, { key, deed: body.deed, title, at: Date.now(), state: WAITING, body: JSON.stringify(body) });
  const registration = await navigator.serviceWorker?.getRegistration("/");
  // Not every browser has it, and none has to allow it: the next page of the guide sends, too.
  await registration?.sync?.register(TAG).catch(() => {});
  told();
  return key;
}

/** Delete a row from this device. */
export async function forget(key) {
  await write((of) => of("notes").delete(PREFIX + key));
  told();
}

async function settle(row, values) {
  // Whoever has deleted it meanwhile does not get it back.
  if (await read("notes", PREFIX + row.key)) await put("notes", PREFIX + row.key, { ...row, ...values });
}

/** Send one; false where the next ones have to wait, too. */
async function sendOne(row) {
  let answer;
  let reference;
  try {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": `"${row.key}"` };
    answer = await fetch(ADDRESS, { method: "POST", headers, body: row.body, credentials: "omit", cache: "no-store" });
    if (answer.ok) ({ reference } = await answer.json());
  } catch {
    return false;
  }
  if (LATER.includes(answer.status) || answer.status >= 500) return false;
  // What has arrived need not lie here any longer: its number is enough, and a count has none.
  if (answer.ok && !reference) await write((of) => of("notes").delete(PREFIX + row.key));
  else if (answer.ok) await settle(row, { state: SENT, reference, body: "" });
  else await settle(row, { state: REFUSED });
  return true;
}

/** Send what waits, one window at a time; returns how many still wait. */
export function send() {
  return navigator.locks.request(NAME, async () => {
    const waiting = (await rows()).filter(({ state }) => state === WAITING);
    let left = waiting.length;
    for (const row of waiting) {
      if (!(await sendOne(row))) break;
      left -= 1;
    }
    if (left < waiting.length) told();
    return left;
  });
}

/** Store a deed, try to send it, and say what became of it: {state, reference}; a count that arrived is sent. */
export async function deliver(title, body) {
  const key = await queue(title, body);
  await send();
  return (await read("notes", PREFIX + key)) ?? { state: SENT };
}
