/** `table[data-select-all]`: a box in its head that ticks all rows; `#bulk-run[data-running]`: looks again by itself. */
export function selectAll(table) {
  const cell = table.querySelector("thead .tick");
  const boxes = [...table.querySelectorAll("tbody input[type=checkbox]")];
  const all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", table.dataset.selectAll);
  cell.replaceChildren(all);
  const show = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
  });
  table.addEventListener("change", show);
  show();
}

const EVERY = 2000;

/** Looks every two seconds until nothing is left; the numbers are said as they change. */
export async function follow(run) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY));
    const answer = await fetch(location.href, { credentials: "same-origin" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("bulk-run");
    if (!answer.ok || !fresh || !("running" in fresh.dataset)) break;
    const [now, next] = [run, fresh].map((one) => one.querySelector("[role=status]"));
    // Only what differs: a screen reader says each change, and the focus stays.
    if (now.textContent !== next.textContent) now.textContent = next.textContent;
    run.querySelector("progress").value = fresh.querySelector("progress").value;
    run.querySelector(".figures").replaceWith(document.importNode(fresh.querySelector(".figures"), true));
  }
  location.reload();
}
