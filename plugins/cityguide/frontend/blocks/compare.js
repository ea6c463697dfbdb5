import { element, fresh } from "./dom.js";

/** Lay the second picture on the first one; a range input says how much of it is seen. */
export function compare(host) {
  const pictures = host.querySelectorAll("picture");
  if (pictures.length !== 2) return;
  const id = fresh("compare");
  const range = element("input", { type: "range", id, min: 0, max: 100, value: 50, step: 1 });
  const label = element("label", { htmlFor: id, textContent: host.dataset.textSlide });
  const turn = element("button", { type: "button", className: "button quiet small" });
  const slider = element("div", { className: "guide-compare__slider" }, label, range);
  const show = () => {
    host.style.setProperty("--guide-cut", `${100 - range.value}%`);
    range.setAttribute("aria-valuetext", `${range.value} %`);
  };
  const set = (together) => {
    host.classList.toggle("is-together", together);
    slider.hidden = !together;
    turn.textContent = together ? host.dataset.textApart : host.dataset.textTogether;
  };
  range.addEventListener("input", show);
  turn.addEventListener("click", () => set(!host.classList.contains("is-together")));
  host.append(slider, element("p", { className: "guide-compare__turn" }, turn));
  show();
  set(true);
}
