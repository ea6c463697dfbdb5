/** The same as stadtkern_cityguide/rally/answers.py: from what is typed to the form that is compared. */
const GERMAN = { ä: "ae", ö: "oe", ü: "ue", ß: "ss" };
const MAX_DIGITS = 12;

/** Letters and digits alone: no case, space, punctuation, accents; ä is ae, ß is ss. */
export function normal(text) {
  const plain = text.normalize("NFKC").toLowerCase().normalize("NFC").replace(/[äöüß]/gu, (char) => GERMAN[char]);
  return plain.normalize("NFD").replace(/[^\p{L}\p{N}]/gu, "");
}

/** A code: capital letters and digits, O as 0 and I as 1. */
export function code(text) {
  return text.toUpperCase().replace(/[^A-Z0-9]/g, "").replaceAll("O", "0").replaceAll("I", "1");
}

/** The first number in a text in units of its last decimal, rounded; null for none. */
export function scaled(text, decimals) {
  const found = /[+-]?[0-9][0-9.,']*/.exec(text.replace(/\s/gu, "").replaceAll("\u2212", "-"));
  if (!found) return null;
  let written = found[0].replace(/[.,']+$/, "");
  const sign = written.startsWith("-") ? -1 : 1;
  written = written.replace(/^[+-]/, "").replaceAll("'", "");
  let [whole, part] = [written, ""];
  if (decimals !== 0 || !/^[0-9]{1,3}(?:[.,][0-9]{3})+$/.test(written)) {
    const last = Math.max(written.lastIndexOf("."), written.lastIndexOf(","));
    if (last >= 0 && written.split(written[last]).length === 2) [whole, part] = [written.slice(0, last), written.slice(last + 1)];
  }
  whole = whole.replace(/[.,]/g, "");
  if (whole.length + decimals > MAX_DIGITS) return null;
  let value = Number(whole + part.slice(0, decimals).padEnd(decimals, "0"));
  if (part.slice(decimals, decimals + 1) >= "5") value += 1;
  return sign * value;
}

/** A scaled number as it is compared: the number of its interval. */
export const interval = (value, task) => String(Math.floor((value - task.offset) / task.width));
