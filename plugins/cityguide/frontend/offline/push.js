/** Messages of the town on this device: asked for by a press, ended by another. */
const KEY = "stadtkern-guide-messages";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));

/** Let a host with boxes and two buttons ask for messages; `say` are its words. */
export async function push(host) {
  const words = JSON.parse(host.dataset.words);
  const boxes = [...host.querySelectorAll("input[type=checkbox]")];
  const [save, end] = host.querySelectorAll("button");
  const status = host.querySelector("[role=status]");
  const chosen = () => boxes.filter(({ checked }) => checked).map(({ value }) => value);
  const known = async () => (await navigator.serviceWorker.getRegistration("/"))?.pushManager.getSubscription();

  async function tell(subscription, topics) {
    const body = JSON.stringify({ ...subscription.toJSON(), topics });
    const answer = await fetch("/guide/push", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (!answer.ok) throw new Error(String(answer.status));
  }

  async function draw() {
    const on = Boolean(await known());
    const topics = on ? JSON.parse(localStorage.getItem(KEY) ?? "[]") : [];
    for (const box of boxes) if (on) box.checked = topics.includes(box.value);
    end.hidden = !on;
  }

  /** Do what a press asks for, and say how it went. */
  const press = (work) => async () => {
    try {
      status.textContent = words[await work()];
    } catch {
      status.textContent = words.failed;
    }
    await draw();
  };

  save.addEventListener(
    "click",
    press(async () => {
      const topics = chosen();
      if (topics.length === 0) return "none";
      if ((await Notification.requestPermission()) !== "granted") return "refused";
      await navigator.serviceWorker.register("/guide/sw.js", { scope: "/" });
      const { pushManager } = await navigator.serviceWorker.ready;
      const options = { userVisibleOnly: true, applicationServerKey: bytes(host.dataset.key) };
      await tell(await pushManager.subscribe(options), topics);
      localStorage.setItem(KEY, JSON.stringify(topics));
      return "on";
    }),
  );
  end.addEventListener(
    "click",
    press(async () => {
      const subscription = await known();
      if (subscription) {
        await tell(subscription, []);
        await subscription.unsubscribe();
      }
      localStorage.removeItem(KEY);
      return "off";
    }),
  );
  await draw();
}
