/**
 * Finding one's way: "Near me" in the guide's list, the stop that a code led to, and the button that tells
 * when a stop is reached. A position is asked for on a press alone; what follows a walk is loaded then.
 */

/** Put the position, rounded to about 100 metres, into the link. */
function near(button) {
  const hint = document.querySelector("[data-near-hint]");
  for (const one of [button, hint]) one.hidden = false;
  button.addEventListener("click", () => {
    hint.textContent = button.dataset.textLooking;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const link = new URL(location.href);
        link.searchParams.set("near", `${coords.latitude.toFixed(3)},${coords.longitude.toFixed(3)}`);
        link.searchParams.delete("page");
        link.hash = "found";
        location.assign(link);
      },
      (error) => {
        hint.textContent = error.code === 1 ? button.dataset.textDenied : button.dataset.textLost;
      },
      { maximumAge: 60000, timeout: 20000 },
    );
  });
}

/** Offer to follow the walk; the module comes with the first press. */
function arrival(box) {
  const button = box.querySelector("button");
  box.hidden = false;
  button.addEventListener(
    "click",
    async () => {
      try {
        const { follow } = await import(box.dataset.arrival);
        follow(box, button);
      } catch (error) {
        console.warn(error);
        button.after(Object.assign(document.createElement("span"), { role: "alert", textContent: box.dataset.textFailed }));
      }
    },
    { once: true },
  );
}

if ("geolocation" in navigator && window.isSecureContext) {
  document.querySelectorAll("button[data-near]").forEach(near);
  document.querySelectorAll("[data-arrival]").forEach(arrival);
}

// A code on a sign leads to "?stop=2#found=CODE": the fragment is the rally's, so the page moves by itself.
if (location.hash.startsWith("#found=")) {
  const stop = document.getElementById(`stop-${new URLSearchParams(location.search).get("stop")}`);
  stop?.classList.add("is-here");
  stop?.scrollIntoView({ block: "center" });
}
