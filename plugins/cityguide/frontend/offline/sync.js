/**
 * Keeps tours on this device: differences by hash, checked, committed at once. No words, no elements.
 *
 * Bytes lie in the cache under `/guide/a/SHA256.ENDING`; what has arrived stays, so that a download that
 * was cut goes on where it ended. A tour counts as kept when its manifest and addresses are stored, in one
 * transaction; until then the revision before it answers. One tab at a time (Web Locks).
 */
import { NAME, all, read, write } from "./database.js";

/** Manifests that ask for more than this are for a newer script. */
const CLIENT = 1;
const CATALOGUE = "/guide/bundles/index.json";
const WORKER = "/guide/sw.js";
const PARALLEL = 4;
/** Room (bytes) that stays free beside a download: browsers count more than the bare bytes. */
const MARGIN = 2_000_000;

/** `reason`: network, quota, broken, changed, gone, missing, old or busy. */
export class SyncError extends Error {
  constructor(reason, cause) {
    super(reason, { cause });
    this.reason = reason;
  }
}

export const keyOf = (tour, lang) => `${tour}.${lang}`;

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const hash = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));
const chosen = ({ manifest, groups }) => manifest.entries.filter(({ group }) => groups.includes(group));
const size = (entries) => entries.reduce((sum, { bytes }) => sum + bytes, 0);

async function ask(address, options) {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch (error) {
    throw new SyncError("network", error);
  }
  if (answer.status === 410) throw new SyncError("gone");
  if (answer.status === 404) throw new SyncError("missing");
  if (!answer.ok) throw new SyncError("network", new Error(String(answer.status)));
  return answer;
}

async function bytesOf(answer) {
  try {
    return await answer.arrayBuffer();
  } catch (error) {
    throw new SyncError("network", error);
  }
}

/** Return the catalogue; the browser asks with the tag that it has, so that mostly nothing travels. */
export const catalogue = async () => (await ask(CATALOGUE, { cache: "no-cache" })).json();

/** Return {manifest, etag} of a tour; its hash is checked. */
export async function manifestOf(tour, lang) {
  const answer = await ask(`/guide/bundles/${tour}.${lang}.json`, { cache: "no-cache" });
  const body = await bytesOf(answer);
  const etag = await hash(body);
  if (answer.headers.get("ETag")?.replace(/^W\/|"/g, "") !== etag) throw new SyncError("broken");
  const manifest = JSON.parse(new TextDecoder().decode(body));
  if (manifest.min_client > CLIENT) throw new SyncError("old");
  return { manifest, etag };
}

const store = () => caches.open(NAME);
const held = async (cache) => new Set((await cache.keys()).map(({ url }) => new URL(url).pathname));

/** Return the entries that are not here yet. */
async function lacking(entries) {
  const here = await held(await store());
  return entries.filter(({ url }) => !here.has(url));
}

/** Return the bytes that a manifest would cost now, with these groups. */
export const cost = async (manifest, groups) => size(await lacking(chosen({ manifest, groups })));

/** Get one entry, check it, put it into the cache. */
async function bring(cache, entry) {
  const answer = await ask(entry.url, { cache: "no-store" });
  const bytes = await bytesOf(answer);
  if (bytes.byteLength !== entry.bytes || (await hash(bytes)) !== entry.sha256) throw new SyncError("broken");
  const headers = new Headers({ "Accept-Ranges": "bytes", "Content-Length": String(entry.bytes) });
  for (const name of ["Content-Type", "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"]) {
    if (answer.headers.has(name)) headers.set(name, answer.headers.get(name));
  }
  try {
    await cache.put(entry.url, new Response(bytes, { headers }));
  } catch (error) {
    throw new SyncError(error.name === "QuotaExceededError" ? "quota" : "network", error);
  }
}

/** Get entries four at a time. After a failure no further ones are begun; those on their way still count. */
async function bringAll(entries, progress) {
  const cache = await store();
  const waiting = [...entries];
  const total = size(entries);
  let done = 0;
  progress(done, total);
  const work = async () => {
    while (waiting.length > 0) {
      const entry = waiting.shift();
      try {
        await bring(cache, entry);
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
      done += entry.bytes;
      progress(done, total);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: PARALLEL }, work));
  const failures = ends.filter(({ status }) => status === "rejected").map(({ reason }) => reason);
  // A full or withdrawn one says more than a broken connection.
  if (failures.length > 0) throw failures.find(({ reason }) => reason !== "network") ?? failures[0];
}

const locked = (work, options = {}) =>
  navigator.locks.request(NAME, options, (lock) => {
    if (!lock) throw new SyncError("busy");
    return work();
  });

/** Store records as what is kept, in one transaction: manifests, and the address of each entry. */
const commit = (records, alter = () => {}) =>
  write((of) => {
    alter(of);
    of("manifests").clear();
    of("addresses").clear();
    for (const [key, record] of records) {
      of("manifests").put(record, key);
      for (const { url, at } of chosen(record)) for (const address of at) of("addresses").put(url, address);
    }
  });

/** Delete bytes that no kept or coming manifest names. */
async function sweep() {
  const records = [...(await all("manifests")), ...(await all("pending"))];
  const named = new Set(records.flatMap(([, record]) => chosen(record).map(({ url }) => url)));
  const cache = await store();
  for (const url of await held(cache)) if (!named.has(url)) await cache.delete(url);
}

async function tellWorker() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  (registration?.active ?? registration?.waiting ?? registration?.installing)?.postMessage("changed");
}

/** Fail early where the device says that there is no room. */
async function room(bytes) {
  const { quota = Infinity, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  if (bytes > 0 && bytes + MARGIN > quota - usage) throw new SyncError("quota");
}

/**
 * Keep a tour, or bring a kept one up to date; `progress(done, total)` in bytes.
 * SyncError says why not; then the revision before it, if there is one, stays as it was.
 */
export function keep({ tour, lang, groups, progress = () => {} }) {
  return locked(
    async () => {
      await navigator.serviceWorker.register(WORKER, { scope: "/" });
      await navigator.storage?.persist?.();
      const key = keyOf(tour, lang);
      const record = { ...(await manifestOf(tour, lang)), groups };
      const missing = await lacking(chosen(record));
      await room(size(missing));
      await write((of) => of("pending").put(record, key));
      try {
        await bringAll(missing, progress);
      } catch (error) {
        // Bytes that the server no longer gives: the manifest has changed meanwhile.
        throw ["gone", "missing"].includes(error.reason) ? new SyncError("changed", error) : error;
      }
      const others = (await all("manifests")).filter(([known]) => known !== key);
      await commit([...others, [key, record]], (of) => of("pending").delete(key));
      await sweep();
      await tellWorker();
      return record;
    },
    { ifAvailable: true },
  );
}

/** Forget a tour; bytes that another one needs stay. The last one takes the worker along. */
export function drop(key) {
  return locked(async () => {
    const left = (await all("manifests")).filter(([known]) => known !== key);
    await commit(left, (of) => of("pending").delete(key));
    await sweep();
    if (left.length > 0 || (await all("pending")).length > 0) return tellWorker();
    const registration = await navigator.serviceWorker.getRegistration("/");
    if (!(await registration?.pushManager?.getSubscription())) await registration?.unregister();
    await caches.delete(NAME);
    return undefined;
  });
}

/** Get again what the browser has thrown away; returns how many entries came, and how many did not. */
export function audit() {
  return locked(async () => {
    const records = await all("manifests");
    const missing = await lacking(records.flatMap(([, record]) => chosen(record)));
    const each = [...new Map(missing.map((entry) => [entry.url, entry])).values()];
    const cache = await store();
    let repaired = 0;
    for (const entry of each) {
      try {
        await bring(cache, entry);
        repaired += 1;
      } catch (error) {
        // One that is gone for good keeps nobody from having the others; without a network none comes.
        if (!["gone", "missing", "broken"].includes(error.reason)) break;
      }
    }
    return { repaired, lost: each.length - repaired };
  });
}

/** Delete what the town has withdrawn; returns the catalogue. */
export async function obey() {
  const told = await catalogue();
  const revoked = new Set(told.revoked);
  const gone = new Set(told.gone.map(({ tour, lang }) => keyOf(tour, lang)));
  await locked(async () => {
    const records = await all("manifests");
    const touched = records.some(
      ([key, { manifest }]) => gone.has(key) || manifest.entries.some(({ sha256 }) => revoked.has(sha256)),
    );
    if (!touched) return;
    const left = records
      .filter(([key]) => !gone.has(key))
      .map(([key, record]) => {
        const entries = record.manifest.entries.filter(({ sha256 }) => !revoked.has(sha256));
        return [key, { ...record, manifest: { ...record.manifest, entries } }];
      });
    await commit(left, (of) => gone.forEach((key) => of("pending").delete(key)));
    await sweep();
    await tellWorker();
  });
  return told;
}

/** Return what there is of a tour on this device: its record, or undefined. */
export const kept = (key) => read("manifests", key);

/** Return whether a download of this tour was cut. */
export const cut = async (key) => Boolean(await read("pending", key));

/** Return all kept tours: [{key, title, start, groups, bytes}], by title. */
export async function list() {
  const records = await all("manifests");
  return records
    .map(([key, record]) => ({
      key,
      etag: record.etag,
      tour: record.manifest.tour,
      lang: record.manifest.lang,
      title: record.manifest.title,
      start: record.manifest.start,
      groups: record.groups,
      bytes: size(chosen(record)),
    }))
    .sort((one, other) => one.title.localeCompare(other.title));
}

/** Return {manifest, etag, bytes} where the catalogue names another revision than the kept one; else null. */
export async function newer(key, told) {
  const record = await kept(key);
  const offer = told.bundles.find(({ tour, lang }) => keyOf(tour, lang) === key);
  if (!record || !offer || offer.etag === record.etag) return null;
  const { manifest, etag } = await manifestOf(offer.tour, offer.lang);
  return { manifest, etag, bytes: await cost(manifest, record.groups) };
}

/** Return the bytes that all kept tours take together; what they share counts once. */
export async function used() {
  const records = await all("manifests");
  const entries = new Map(records.flatMap(([, record]) => chosen(record).map((entry) => [entry.url, entry])));
  return size([...entries.values()]);
}
