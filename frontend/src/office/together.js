/**
 * Working together on `form[data-together]`, each part a help on top of a form that works without:
 *
 * - the lease (`data-lease`): taken on opening, prolonged every minute, given back on leaving; who took it over is told.
 * - what is typed is kept on the server (`data-keep`, if the form has it) every few seconds in which something changed,
 *   and with a preview beside the form as soon as somebody pauses; previews are told.
 * - the login: when it ends, the text stays in the window, a dialog asks to log in in a second one, and all goes on.
 */
import { tellKept } from "./looks.js";

const EVERY = 5_000;
const SOON = 1_500;
const BEAT = 60_000;
const FRESH = 20_000;
const OWN = new Set(["csrf_token", "do", "at", "lock", "anyway"]);

/** The typed texts of a form, as they are posted; chosen files are not part of it. */
export function textsOf(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !OWN.has(name));
}

export function workTogether(form) {
  const { account, keep, lease, loginState, textOffline, textBack, textOther } = form.dataset;
  const status = form.querySelector("[data-kept]");
  const lost = document.querySelector("[data-lease-lost]");
  const dialog = document.querySelector("[data-login-again]");
  const token = () => form.elements.namedItem("csrf_token").value;
  let heard = Date.now();
  let waiting = false;
  let leaving = false;
  let busy = false;

  const say = (text) => {
    if (status && text && status.textContent !== text) status.textContent = text;
  };

  /** Asks who is logged in: "ok" (with a fresh token in every form), "ended", "other" or "offline". */
  async function check() {
    let answer;
    try {
      answer = await fetch(loginState, { cache: "no-store", headers: { Accept: "application/json" } });
      if (!answer.ok) return "offline";
      answer = await answer.json();
    } catch {
      return "offline";
    }
    if (answer.account === null) return "ended";
    if (String(answer.account) !== account) return "other";
    document.querySelectorAll("input[name=csrf_token]").forEach((field) => {
      field.value = answer.csrf;
    });
    heard = Date.now();
    return "ok";
  }

  function askForLogin(state) {
    waiting = true;
    say(state === "other" ? textOther : "");
    if (dialog && !dialog.open) dialog.showModal();
  }

  /** Posts to one of our addresses; returns the answer as an object, or null if it could not be had. */
  async function post(address, values, again = true) {
    let answer;
    try {
      const body = new URLSearchParams([...values, ["csrf_token", token()]]);
      answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    } catch {
      say(textOffline);
      return null;
    }
    if (answer.headers.get("Content-Type")?.startsWith("application/json")) {
      heard = Date.now();
      return answer.json();
    }
    // The login or its proof of origin has ended; with a login the second attempt has a fresh one.
    const state = again && (answer.status === 400 || answer.status === 403) ? await check() : "offline";
    if (state === "ok") return post(address, values, false);
    if (state === "offline") say(textOffline);
    else askForLogin(state);
    return null;
  }

  function take(answer) {
    if (!answer) return;
    say(answer.kept ?? answer.refused);
    if (lost && answer.lost !== undefined) {
      lost.hidden = !answer.lost;
      if (lost.firstElementChild.textContent !== answer.lost) lost.firstElementChild.textContent = answer.lost;
    }
  }

  const mark = () => form.elements.namedItem("lock")?.value ?? "";
  const hold = async (deed) => lease && !waiting && take(await post(lease, [["do", deed], ["lock", mark()]]));

  // What came back unsaved is kept at once, what was just opened only after a change.
  let stored = "unsaved" in form.dataset || form.querySelector("[aria-invalid=true]") ? "" : JSON.stringify(textsOf(form));
  async function keepTexts() {
    if (!keep || busy || waiting || leaving) return;
    const texts = textsOf(form);
    const now = JSON.stringify(texts);
    if (now === stored) return;
    busy = true;
    const answer = await post(keep, [...texts, ["lock", mark()]]);
    busy = false;
    if (answer) stored = now;
    take(answer);
    if (answer?.kept) tellKept(keep);
  }

  async function comeBack() {
    if (!waiting || document.hidden) return;
    const state = await check();
    if (state === "other") say(textOther);
    if (state !== "ok") return;
    waiting = false;
    dialog?.close();
    say(textBack);
    await hold("take");
    await keepTexts();
  }

  /** A form is sent only with a login, so that no answer takes the place of what was typed. */
  form.addEventListener("submit", async (event) => {
    if (leaving) return;
    if (!waiting && Date.now() - heard < FRESH) {
      leaving = true;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    const state = await check();
    if (state === "ended" || state === "other") {
      askForLogin(state);
      return;
    }
    waiting = false;
    leaving = true;
    form.requestSubmit(submitter);
  });

  dialog?.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
  window.addEventListener("focus", comeBack);
  document.addEventListener("visibilitychange", comeBack);
  setInterval(comeBack, EVERY);
  setInterval(keepTexts, EVERY);
  if (document.querySelector("[data-looks][data-keeps]")) {
    let pause = 0;
    form.addEventListener("input", () => {
      clearTimeout(pause);
      pause = setTimeout(keepTexts, SOON);
    });
  }
  setInterval(() => hold("renew"), BEAT);
  hold("take");
  window.addEventListener("pagehide", () => {
    if (leaving || !lease) return;
    navigator.sendBeacon(
      lease,
      new URLSearchParams([["do", "release"], ["lock", mark()], ["csrf_token", token()]]),
    );
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    leaving = false;
    hold("take");
  });
}
