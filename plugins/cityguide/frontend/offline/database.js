/**
 * What the guide notes on a device, once a visitor has asked for it: one small database.
 *
 *   manifests  "TOUR.LANG" → {manifest, etag, groups}: tours that are here, whole and checked
 *   pending    the same, of tours whose bytes are still coming
 *   addresses  the site's address → the address under which the cache holds its bytes
 *   notes      other things by name
 * The bytes lie in the cache of the same name under their own address, which holds their SHA-256.
 */
export const NAME = "stadtkern-guide";
const STORES = ["manifests", "pending", "addresses", "notes"];

const settled = (ask) =>
  new Promise((done, fail) => {
    ask.onsuccess = () => done(ask.result);
    ask.onerror = () => fail(ask.error);
  });

let opened = null;

function open() {
  if (!opened) {
    const ask = indexedDB.open(NAME, 1);
    ask.onupgradeneeded = () => STORES.forEach((store) => ask.result.createObjectStore(store));
    opened = settled(ask).then((database) => {
      // Whoever deletes the database must not wait for us.
      database.onversionchange = () => {
        database.close();
        opened = null;
      };
      return database;
    });
    opened.catch(() => (opened = null));
  }
  return opened;
}

/** Return a value, or undefined. */
export const read = async (store, key) => settled((await open()).transaction(store).objectStore(store).get(key));

/** Return all [key, value] pairs of a store. */
export async function all(store) {
  const held = (await open()).transaction(store).objectStore(store);
  const [keys, values] = await Promise.all([settled(held.getAllKeys()), settled(held.getAll())]);
  return keys.map((key, number) => [key, values[number]]);
}

/** Run `work(store => objectStore)` as one transaction: all of it is stored, or nothing. */
export async function write(work) {
  const transaction = (await open()).transaction(STORES, "readwrite", { durability: "strict" });
  const ended = new Promise((done, fail) => {
    transaction.oncomplete = () => done();
    transaction.onabort = () => fail(transaction.error ?? new Error("aborted"));
  });
  work((store) => transaction.objectStore(store));
  return ended;
}

export const put = (store, key, value) => write((held) => held(store).put(value, key));
