/**
 * Cleans what Word, LibreOffice and Outlook put into the clipboard, before the editor reads it. The server does the
 * same to what comes without scripts (content/pasted.py) and sanitises in any case.
 */
const NUMBERED = /^\s*\(?(?:\d{1,3}|[a-zA-Z]|[ivxlcIVXLC]{1,6})[.)]/;
const LEVEL = /mso-list:\s*(l\d+)\s+level(\d)/i;
const BLOCKS = "p,div,h1,h2,h3,h4,h5,h6,ul,ol,li,blockquote,table,pre,dl,section,article,header,footer,figure";

const styleOf = (element) => (element.dataset.style ?? "").toLowerCase().replace(/\s*:\s*/g, ":");

function unwrap(element) {
  element.replaceWith(...element.childNodes);
}

function rename(element, name) {
  const made = element.ownerDocument.createElement(name);
  made.append(...element.childNodes);
  element.replaceWith(made);
  return made;
}

/** Depth and name of the list in which Word shows a paragraph; null for others. */
function listing(element) {
  if (element.tagName !== "P") return null;
  const match = LEVEL.exec(styleOf(element));
  if (match) return { id: match[1], level: Number(match[2]) };
  return /\bMsoListParagraph/.test(element.className) ? { id: "", level: 1 } : null;
}

function mendInline(element) {
  const style = styleOf(element);
  const name = element.tagName.toLowerCase();
  const bold = /(?:^|;)\s*font-weight:(?:bold|[6-9]00)/.test(style);
  if ((name === "b" || name === "i") && /(?:^|;)\s*font-weight:normal/.test(style)) unwrap(element);
  else if (name === "b") rename(element, "strong");
  else if (name === "i") rename(element, "em");
  else if ((name === "span" || name === "font") && bold) rename(element, "strong");
  else if ((name === "span" || name === "font") && style.includes("font-style:italic")) rename(element, "em");
  else if (name.includes(":") && !element.textContent.trim()) element.remove();
  else if (name.includes(":") || name === "font" || (name === "span" && !element.hasAttribute("lang"))) unwrap(element);
  // Word notes the language of every run; only what differs from the page's own is worth a word of its own.
  else if (name === "span" && /mso-|font/.test(style)) unwrap(element);
}

function mendBlocks(root) {
  for (const cell of root.querySelectorAll("td,th")) {
    cell.after(" ");
    unwrap(cell);
  }
  for (const element of root.querySelectorAll("div,tr,dt,dd,pre")) {
    if (element.querySelector(BLOCKS)) unwrap(element);
    else rename(element, "p");
  }
  for (const element of root.querySelectorAll("p.MsoTitle,p.MsoSubtitle")) rename(element, "h1");
  const headings = [...root.querySelectorAll("h1,h2,h3,h4,h5,h6")];
  const levels = new Set(headings.map((heading) => heading.tagName));
  if ([...levels].every((level) => level === "H3" || level === "H4")) return;
  const first = [...levels].sort()[0];
  for (const heading of headings) rename(heading, heading.tagName === first ? "h3" : "h4");
}

function buildLists(root) {
  let stack = [];
  let id = null;
  let last = null;
  for (const paragraph of root.querySelectorAll("p")) {
    const found = listing(paragraph);
    if (!found) continue;
    const top = stack[0]?.list;
    const follows = top && top.nextElementSibling === paragraph && id === found.id && last;
    if (!follows) stack = [];
    id = found.id;
    last = paragraph;
    while (stack.length && stack.at(-1).level > found.level) stack.pop();
    if (!stack.length || stack.at(-1).level < found.level) {
      const list = paragraph.ownerDocument.createElement(NUMBERED.test(paragraph.dataset.marker ?? "") ? "ol" : "ul");
      if (stack.length) stack.at(-1).list.lastElementChild.append(list);
      else paragraph.before(list);
      stack.push({ level: found.level, list });
    }
    const entry = paragraph.ownerDocument.createElement("li");
    stack.at(-1).list.append(entry);
    entry.append(paragraph);
    for (const { name } of [...paragraph.attributes]) paragraph.removeAttribute(name);
  }
}

/** Returns {html, pictures, tables}: plain structure, and how many pictures and tables it no longer holds. */
export function cleanPasted(html) {
  // Under a policy without inline styles the browser notes each style attribute that it parses, even in a document
  // that nobody sees: they travel under another name. Nothing is shown of it; the sanitiser and the schema follow.
  const harmless = html.replace(/<style\b[^]*?<\/style\s*>/gi, "").replace(/(<[a-z][^<>]*?\s)style(?=\s*=)/gi, "$1data-style");
  const page = new DOMParser().parseFromString(harmless, "text/html");
  const root = page.body;
  const pictures = root.querySelectorAll("img,picture,svg,v\\:imagedata").length;
  const tables = root.querySelectorAll("table").length;
  const comments = page.createNodeIterator(root, NodeFilter.SHOW_COMMENT);
  const dropped = [];
  for (let node = comments.nextNode(); node; node = comments.nextNode()) dropped.push(node);
  for (const node of dropped) node.remove();
  for (const element of root.querySelectorAll("style,script,meta,link,title,xml,template,img,picture,svg")) element.remove();
  for (const element of [...root.querySelectorAll("[data-style]")]) {
    if (!/mso-list:\s*ignore/.test(styleOf(element))) continue;
    const paragraph = element.closest("p");
    if (paragraph) paragraph.dataset.marker = element.textContent;
    element.remove();
  }
  for (const element of [...root.querySelectorAll("*")].reverse()) if (!element.matches(BLOCKS)) mendInline(element);
  mendBlocks(root);
  buildLists(root);
  for (const paragraph of root.querySelectorAll("p")) if (!paragraph.textContent.trim()) paragraph.remove();
  for (const element of root.querySelectorAll("*")) {
    for (const { name } of [...element.attributes]) {
      if (!["href", "lang", "title"].includes(name)) element.removeAttribute(name);
    }
  }
  return { html: root.innerHTML, pictures, tables };
}
