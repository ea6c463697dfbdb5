/** Slow salted hashes, the same as stadtkern_cityguide/rally/sealing.py. */
const bytes = (text) => new TextEncoder().encode(text);

export const possible = () => Boolean(globalThis.crypto?.subtle);

/** PBKDF2 with SHA-256 (RFC 8018), 32 bytes, in base64. */
export async function sealed(salt, answer, iterations) {
  const key = await crypto.subtle.importKey("raw", bytes(answer), "PBKDF2", false, ["deriveBits"]);
  const made = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations }, key, 256);
  return btoa(String.fromCharCode(...new Uint8Array(made)));
}

/** Whether an answer is one of those that count. An empty one never is. */
export async function isRight(task, answer) {
  return answer !== "" && task.hashes.includes(await sealed(task.id, answer, task.rounds));
}
