/**
 * Sends the files of a `form[data-upload]` one after the other, each with its progress. Files come from the file
 * field or are dropped on the form. Texts come from data attributes; the answer of the server is
 * {"ids": [number], "error": text}. When all are through, the page that describes them opens; after a failure a link
 * leads there, so that the message can be read. Without this script the form sends all files at once.
 */
export function sendUploads(form) {
  const field = form.querySelector("input[type=file]");
  const zone = form.querySelector(".drop-zone");
  const button = form.querySelector("button.button");
  const list = document.createElement("ol");
  list.className = "uploads";
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  form.append(list, status);
  let busy = false;

  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    start([...event.dataTransfer.files]);
  });
  form.addEventListener("submit", (event) => {
    if (field.files.length === 0) return;
    event.preventDefault();
    start([...field.files]);
  });

  async function start(files) {
    if (busy || files.length === 0) return;
    busy = true;
    button.setAttribute("aria-busy", "true");
    list.replaceChildren();
    const rows = files.map((file) => row(list, file, form.dataset.waiting));
    const ids = [];
    let failed = false;
    for (const [index, file] of files.entries()) {
      const answer = await send(form, file, rows[index]);
      ids.push(...answer.ids);
      failed = failed || answer.ids.length === 0;
      status.textContent = form.dataset.summary.replace("%done%", ids.length).replace("%all%", files.length);
    }
    busy = false;
    button.removeAttribute("aria-busy");
    field.value = "";
    if (ids.length === 0) return;
    const next = `${form.dataset.upload}?ids=${ids.join(",")}`;
    if (!failed) {
      location.assign(next);
      return;
    }
    const link = document.createElement("a");
    link.href = next;
    link.textContent = form.dataset.next;
    status.append(" ", link);
    link.focus();
  }
}

/** One line of the list: name, bar and words. */
function row(list, file, words) {
  const item = document.createElement("li");
  const name = document.createElement("b");
  const bar = document.createElement("progress");
  const text = document.createElement("span");
  name.textContent = file.name;
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  text.textContent = words;
  item.append(name, bar, text);
  list.append(item);
  return { item, bar, text };
}

/** Sends one file; resolves to the server's answer, or to one without ids where it failed. */
function send(form, file, { item, bar, text }) {
  const fail = (words) => {
    item.className = "failed";
    text.textContent = words;
    return { ids: [] };
  };
  if (file.size > Number(form.dataset.largest)) return Promise.resolve(fail(form.dataset.tooLarge));
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("csrf_token", form.querySelector("[name=csrf_token]").value);
    body.append("place", form.querySelector("[name=place]").value);
    body.append("file", file);
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    text.textContent = form.dataset.sending;
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
    });
    request.addEventListener("load", () => {
      const answer = request.response;
      if (answer?.ids?.length) {
        bar.value = 100;
        item.className = "done";
        text.textContent = form.dataset.done;
        resolve(answer);
      } else resolve(fail(answer?.error || form.dataset.failed));
    });
    request.addEventListener("error", () => resolve(fail(form.dataset.failed)));
    request.send(body);
  });
}

/**
 * A click on the picture of a `form[data-focal]` writes its place into the two number fields and moves the mark; a
 * change of the fields moves the mark as well. Nothing is stored until the form is sent.
 */
export function pickFocal(form) {
  const picture = form.querySelector("svg");
  const marks = form.querySelectorAll("circle");
  const fields = [form.querySelector("[name=x]"), form.querySelector("[name=y]")];
  const { width, height } = picture.viewBox.baseVal;
  const show = () => {
    for (const mark of marks) {
      mark.setAttribute("cx", (width * Number(fields[0].value)) / 100);
      mark.setAttribute("cy", (height * Number(fields[1].value)) / 100);
    }
  };
  picture.addEventListener("click", (event) => {
    // The drawing may be narrower than its element: the matrix knows where the picture really lies.
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
    const percent = (part, whole) => Math.min(100, Math.max(0, (100 * part) / whole)).toFixed(1);
    fields[0].value = percent(at.x, width);
    fields[1].value = percent(at.y, height);
    show();
  });
  for (const field of fields) field.addEventListener("input", show);
}
