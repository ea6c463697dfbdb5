/**
 * `textarea[data-richtext]`: running text as it will look, on ProseMirror. The textarea stays in the form and always
 * holds the HTML; without this script it is written in directly, plain paragraphs or HTML.
 *
 * Keyboard: Tab leaves the text as in any field. Alt+F10 leads to the formats (one stop, arrow keys within, Escape
 * back). CSP: no style attribute and no style sheet is made; the editor's rules stand in styles/editor.css.
 */
import { baseKeymap, chainCommands, exitCode, lift, setBlockType, toggleMark, wrapIn } from "prosemirror-commands";
import { history, redo, undo } from "prosemirror-history";
import { keymap } from "prosemirror-keymap";
import { DOMParser as ContentParser, DOMSerializer } from "prosemirror-model";
import { liftListItem, sinkListItem, splitListItem, wrapInList } from "prosemirror-schema-list";
import { EditorState, Plugin } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { askAbbreviation, askLanguage, askLink, showKeys } from "./dialogs.js";
import { cleanPasted } from "./paste.js";
import { schema } from "./schema.js";
import { changed, element, newId, word } from "./words.js";

const { marks, nodes } = schema;
const TAG = /<[a-zA-Z/][^<>]*>/;
const serializer = DOMSerializer.fromSchema(schema);
const mac = /Mac|iP(?:hone|ad)/.test(navigator.platform);
const MOD = mac ? "⌘" : document.documentElement.lang.startsWith("de") ? "Strg" : "Ctrl";

/** The stored text as a document; text without any tag has paragraphs at blank lines, as on the server. */
function read(text) {
  const holder = document.implementation.createHTMLDocument("").body;
  if (TAG.test(text)) {
    holder.innerHTML = text;
  } else {
    for (const part of text.split(/\n\s*\n/).filter((piece) => piece.trim())) {
      const paragraph = holder.ownerDocument.createElement("p");
      part.trim().split("\n").forEach((line, number) => {
        if (number) paragraph.append(holder.ownerDocument.createElement("br"));
        paragraph.append(line);
      });
      holder.append(paragraph);
    }
  }
  return ContentParser.fromSchema(schema).parse(holder);
}

function write(doc) {
  if (!doc.textContent.trim()) return "";
  const holder = document.implementation.createHTMLDocument("").body;
  holder.append(serializer.serializeFragment(doc.content, { document: holder.ownerDocument }));
  for (const paragraph of holder.querySelectorAll("p")) if (!paragraph.textContent.trim()) paragraph.remove();
  return holder.innerHTML;
}

/** The mark of a type at the cursor or all over the selection, with the range that it covers. */
function markAt(state, type) {
  const { $from, from, to, empty } = state.selection;
  const inside = (node) => type.isInSet(node.marks);
  if (!empty) {
    let mark = null;
    state.doc.nodesBetween(from, to, (node) => {
      if (node.isText) mark ??= inside(node) ?? null;
    });
    return mark && { mark, from, to };
  }
  const around = $from.parent;
  let offset = $from.start();
  let run = null;
  for (let index = 0; index < around.childCount; index += 1) {
    const child = around.child(index);
    const mark = inside(child);
    const end = offset + child.nodeSize;
    if (mark && run && run.to === offset && run.mark.eq(mark)) run.to = end;
    else if (mark) run = { mark, from: offset, to: end };
    if (run && run.from <= from && from <= run.to && end >= from) {
      const next = index + 1 < around.childCount && inside(around.child(index + 1));
      if (!next || !next.eq(run.mark)) return run;
    }
    offset = end;
  }
  return null;
}

function setMark(view, type, present, attrs, text) {
  const { state } = view;
  const { from, to } = present ?? state.selection;
  let tr = state.tr;
  if (attrs === "") tr = tr.removeMark(from, to, type);
  else if (from === to) tr = tr.replaceSelectionWith(schema.text(text, [type.create(attrs)]), false);
  else tr = tr.removeMark(from, to, type).addMark(from, to, type.create(attrs));
  view.dispatch(tr.scrollIntoView());
  view.focus();
}

async function editLink(view) {
  const present = markAt(view.state, marks.link);
  const needsText = !present && view.state.selection.empty;
  const result = await askLink(present?.mark.attrs.href ?? "", needsText);
  if (result === null) view.focus();
  else setMark(view, marks.link, present, result === "" ? "" : { href: result.href }, result.text);
}

async function editAbbreviation(view) {
  const present = markAt(view.state, marks.abbr);
  const result = await askAbbreviation(present?.mark.attrs.title ?? "", Boolean(present));
  if (result === null) view.focus();
  else setMark(view, marks.abbr, present, result === "" ? "" : result);
}

async function editLanguage(view) {
  const present = markAt(view.state, marks.lang);
  const result = await askLanguage(present?.mark.attrs.lang ?? "");
  if (result === null) view.focus();
  else setMark(view, marks.lang, present, result === "" ? "" : result);
}

const insert = (text) => (state, dispatch) => {
  dispatch?.(state.tr.insertText(text).scrollIntoView());
  return true;
};

const breakLine = chainCommands(exitCode, (state, dispatch) => {
  dispatch?.(state.tr.replaceSelectionWith(nodes.hard_break.create()).scrollIntoView());
  return true;
});

function clearFormats(state, dispatch) {
  const { from, to, empty } = state.selection;
  if (dispatch) {
    let tr = state.tr.setStoredMarks([]);
    if (!empty) tr = tr.removeMark(from, to);
    state.doc.nodesBetween(from, to, (node, place) => {
      if (node.type === nodes.heading) tr = tr.setNodeMarkup(place, nodes.paragraph);
    });
    dispatch(tr);
  }
  return true;
}

const listAround = (state) => {
  for (let depth = state.selection.$from.depth; depth > 0; depth -= 1) {
    const { type } = state.selection.$from.node(depth);
    if (type === nodes.bullet_list || type === nodes.ordered_list) {
      return { type, place: state.selection.$from.before(depth) };
    }
  }
  return null;
};

/** Makes a list, turns one kind into the other, or dissolves it. */
const toggleList = (type) => (state, dispatch) => {
  const list = listAround(state);
  if (!list) return wrapInList(type)(state, dispatch);
  if (list.type === type) return liftListItem(nodes.list_item)(state, dispatch);
  dispatch?.(state.tr.setNodeMarkup(list.place, type));
  return true;
};

const isQuoted = (state) => {
  for (let depth = state.selection.$from.depth; depth > 0; depth -= 1) {
    if (state.selection.$from.node(depth).type === nodes.blockquote) return true;
  }
  return false;
};
const toggleQuote = (state, dispatch) => (isQuoted(state) ? lift : wrapIn(nodes.blockquote))(state, dispatch);

const hasMark = (type) => (state) => {
  const { $from, from, to, empty } = state.selection;
  if (empty) return Boolean(type.isInSet(state.storedMarks ?? $from.marks()));
  return state.doc.rangeHasMark(from, to, type);
};
const isBlock = (type, attrs) => (state) => state.selection.$from.parent.hasMarkup(type, attrs);
const inList = (type) => (state) => listAround(state)?.type === type;
const needsSelection = (type) => (state) => !state.selection.empty || Boolean(markAt(state, type));
const always = () => true;

/** A sign that not every font has, drawn like the icons of the blocks. */
function drawing(d) {
  const part = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const drawn = part("svg", { class: "icon", viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "1.7", "stroke-linecap": "round", "aria-hidden": "true", focusable: "false" });
  drawn.append(part("path", { d }));
  return drawn;
}

/** Buttons in their order: key of the word, sign (or the path of its drawing), what it does, shortcut, when it is pressed, when it can be used. */
const BUTTONS = [
  { key: "paragraph", sign: "¶", run: setBlockType(nodes.paragraph), keys: "Mod-Alt-0", on: isBlock(nodes.paragraph) },
  { key: "h3", sign: "H3", run: setBlockType(nodes.heading, { level: 3 }), keys: "Mod-Alt-3", on: isBlock(nodes.heading, { level: 3 }) },
  { key: "h4", sign: "H4", run: setBlockType(nodes.heading, { level: 4 }), keys: "Mod-Alt-4", on: isBlock(nodes.heading, { level: 4 }) },
  { key: "strong", sign: "B", run: toggleMark(marks.strong), keys: "Mod-b", on: hasMark(marks.strong), apart: true },
  { key: "em", sign: "I", run: toggleMark(marks.em), keys: "Mod-i", on: hasMark(marks.em) },
  { key: "bullet", sign: "•", run: toggleList(nodes.bullet_list), keys: "Mod-Shift-8", on: inList(nodes.bullet_list), apart: true },
  { key: "ordered", sign: "1.", run: toggleList(nodes.ordered_list), keys: "Mod-Shift-7", on: inList(nodes.ordered_list) },
  { key: "indent", sign: "→", run: sinkListItem(nodes.list_item), keys: "Mod-]" },
  { key: "outdent", sign: "←", run: liftListItem(nodes.list_item), keys: "Mod-[" },
  { key: "quote", sign: "„“", run: toggleQuote, keys: "Mod-Shift-9", on: isQuoted },
  { key: "link", path: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1.5 1.5M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1.5-1.5", run: always, act: editLink, keys: "Mod-k", on: (state) => Boolean(markAt(state, marks.link)), apart: true },
  { key: "abbr", sign: document.documentElement.lang.startsWith("de") ? "Abk." : "Abbr.", run: needsSelection(marks.abbr), act: editAbbreviation, on: (state) => Boolean(markAt(state, marks.abbr)) },
  { key: "lang", path: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c4 4 4 14 0 18M12 3c-4 4-4 14 0 18", run: needsSelection(marks.lang), act: editLanguage, on: (state) => Boolean(markAt(state, marks.lang)) },
  { key: "shy", sign: "-|", run: insert("\u00ad"), keys: "Mod--" },
  { key: "nbsp", sign: "␣", run: insert("\u00a0"), keys: "Mod-Shift-Space" },
  { key: "clear", sign: "⌫", run: clearFormats, keys: "Mod-\\", apart: true },
  { key: "undo", sign: "↶", run: undo, keys: "Mod-z" },
  { key: "redo", sign: "↷", run: redo, keys: mac ? "Mod-Shift-z" : "Mod-y" },
];

const shown = (keys) =>
  keys.split(/-(?=.)/).map((key) => ({ Mod: MOD, Shift: "⇧", Space: "␣" })[key] ?? key.toUpperCase()).join("+");

function showHelp(view) {
  const rows = BUTTONS.filter(({ keys }) => keys).map(({ key, keys }) => [shown(keys), word(key)]);
  showKeys([...rows, ["⇧+↵", word("line")], ["Alt+F10", word("toToolbar")], ["Esc", word("toText")], ["Tab", word("leave")]]);
  document.querySelector("dialog[open]:last-of-type")?.addEventListener("close", () => view.focus());
}

/** The row of formats: one stop for Tab, arrow keys move within. */
class Toolbar {
  constructor(view) {
    this.view = view;
    this.dom = element("div", { className: "rich-toolbar", attributes: { role: "toolbar", "aria-label": word("toolbar"), "aria-controls": view.dom.id } });
    this.buttons = BUTTONS.map((about) => ({ about, dom: this.button(about) }));
    this.help = element("button", { type: "button", tabIndex: -1, textContent: "?", title: word("help"), attributes: { "aria-label": word("help") } });
    this.help.addEventListener("click", () => showHelp(view));
    this.dom.append(this.help);
    this.stop = this.buttons[0].dom;
    this.stop.tabIndex = 0;
    this.dom.addEventListener("keydown", (event) => this.move(event));
    this.dom.addEventListener("focusin", (event) => this.rest(event.target));
    // The selection in the text stays as it is while a format is pressed.
    this.dom.addEventListener("mousedown", (event) => event.preventDefault());
    this.update();
  }

  button(about) {
    const name = word(about.key);
    const title = about.keys ? `${name} (${shown(about.keys)})` : name;
    const made = element("button", { type: "button", tabIndex: -1, title, className: about.apart ? "apart" : "", dataset: { format: about.key }, attributes: { "aria-label": name } }, about.path ? drawing(about.path) : element("span", { textContent: about.sign, attributes: { "aria-hidden": "true" } }));
    if (about.keys) made.setAttribute("aria-keyshortcuts", about.keys.replace("Mod", mac ? "Meta" : "Control").replace(/-(?=.)/g, "+"));
    made.addEventListener("click", () => {
      if (made.getAttribute("aria-disabled") === "true") return;
      if (about.act) about.act(this.view);
      else {
        about.run(this.view.state, this.view.dispatch, this.view);
        if (document.activeElement !== made) this.view.focus();
      }
    });
    this.dom.append(made);
    return made;
  }

  move(event) {
    const all = [...this.dom.querySelectorAll("button")];
    const here = all.indexOf(document.activeElement);
    const steps = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: all.length - 1 };
    if (event.key === "Escape") this.view.focus();
    else if (event.key in steps) all.at(steps[event.key] % all.length).focus();
    else return;
    event.preventDefault();
  }

  rest(target) {
    if (!target.matches("button")) return;
    this.stop.tabIndex = -1;
    this.stop = target;
    target.tabIndex = 0;
  }

  update() {
    const { state } = this.view;
    for (const { about, dom } of this.buttons) {
      if (about.on) dom.setAttribute("aria-pressed", String(about.on(state)));
      dom.setAttribute("aria-disabled", String(!about.run(state)));
    }
  }
}

/** Makes an editor of a textarea. */
export function enhance(textarea) {
  if (textarea.hidden) return;
  const label = document.querySelector(`label[for="${textarea.id}"]`);
  const notice = element("p", { className: "rich-notice", hidden: true, attributes: { role: "status" } });
  const box = element("div", { className: "rich" });
  const attributes = { id: textarea.id, role: "textbox", "aria-multiline": "true", class: "rich-text", "aria-keyshortcuts": "Alt+F10" };
  for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
    if (textarea.hasAttribute(name)) attributes[name] = textarea.getAttribute(name);
  }
  if (label) {
    label.id ||= newId();
    attributes["aria-labelledby"] = label.id;
  }
  const keys = {};
  for (const { keys: combination, run, act } of BUTTONS) {
    if (!combination) continue;
    keys[combination] = act ? (state, dispatch, view) => Boolean(act(view)) : run;
  }
  let toolbar = null;
  const say = (text) => {
    notice.hidden = false;
    notice.textContent = text;
  };
  const state = EditorState.create({
    doc: read(textarea.value),
    plugins: [
      history(),
      keymap({ ...keys, "Mod-Shift-z": redo, Enter: splitListItem(nodes.list_item), "Shift-Enter": breakLine }),
      keymap({ "Alt-F10": () => Boolean(toolbar.stop.focus()) || true }),
      keymap(baseKeymap),
      new Plugin({
        props: {
          transformPastedHTML(html) {
            const { html: clean, pictures, tables } = cleanPasted(html);
            if (pictures || tables) say([pictures && word("pictures"), tables && word("tables")].filter(Boolean).join(" "));
            else notice.hidden = true;
            return clean;
          },
          handlePaste(_view, event) {
            const files = [...(event.clipboardData?.files ?? [])];
            if (!files.length || event.clipboardData.getData("text/html")) return false;
            say(word("pictures"));
            return true;
          },
          handleDrop(_view, event) {
            if (!event.dataTransfer?.files.length) return false;
            event.preventDefault();
            say(word("pictures"));
            return true;
          },
        },
      }),
    ],
  });
  textarea.removeAttribute("id");
  textarea.before(box);
  const place = element("div", { className: "rich-place" });
  box.append(place, notice);
  const view = new EditorView(place, {
    state,
    attributes,
    dispatchTransaction(transaction) {
      view.updateState(view.state.apply(transaction));
      toolbar?.update();
      if (!transaction.docChanged) return;
      textarea.value = write(view.state.doc);
      changed(textarea);
    },
  });
  toolbar = new Toolbar(view);
  box.prepend(toolbar.dom);
  label?.addEventListener("click", () => view.focus());
  textarea.hidden = true;
}
