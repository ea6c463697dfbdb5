/** What running text may hold: the same elements and attributes as the server's sanitiser (content/sanitize.py). */
import { Schema } from "prosemirror-model";

const SCHEMES = /^(?:https?:|mailto:|tel:|\/(?!\/)|#|\?)/i;

/** Whether a link may lead there; the server decides again. */
export const isSafe = (address) => SCHEMES.test(address.trim());

export const schema = new Schema({
  nodes: {
    doc: { content: "block+" },
    paragraph: { content: "inline*", group: "block", parseDOM: [{ tag: "p" }], toDOM: () => ["p", 0] },
    heading: {
      attrs: { level: { default: 3 } },
      content: "inline*",
      group: "block",
      defining: true,
      parseDOM: [1, 2, 3, 4, 5, 6].map((level) => ({ tag: `h${level}`, attrs: { level: level > 3 ? 4 : 3 } })),
      toDOM: (node) => [`h${node.attrs.level}`, 0],
    },
    blockquote: {
      content: "block+",
      group: "block",
      defining: true,
      parseDOM: [{ tag: "blockquote" }],
      toDOM: () => ["blockquote", 0],
    },
    bullet_list: { content: "list_item+", group: "block", parseDOM: [{ tag: "ul" }], toDOM: () => ["ul", 0] },
    ordered_list: { content: "list_item+", group: "block", parseDOM: [{ tag: "ol" }], toDOM: () => ["ol", 0] },
    list_item: { content: "paragraph block*", defining: true, parseDOM: [{ tag: "li" }], toDOM: () => ["li", 0] },
    text: { group: "inline" },
    hard_break: {
      inline: true,
      group: "inline",
      selectable: false,
      parseDOM: [{ tag: "br" }],
      toDOM: () => ["br"],
    },
  },
  marks: {
    link: {
      attrs: { href: {} },
      inclusive: false,
      parseDOM: [
        { tag: "a[href]", getAttrs: (dom) => isSafe(dom.getAttribute("href")) && { href: dom.getAttribute("href").trim() } },
      ],
      toDOM: (mark) => ["a", { href: mark.attrs.href }, 0],
    },
    abbr: {
      attrs: { title: { default: "" } },
      inclusive: false,
      parseDOM: [{ tag: "abbr", getAttrs: (dom) => ({ title: dom.getAttribute("title") ?? "" }) }],
      toDOM: (mark) => ["abbr", mark.attrs.title ? { title: mark.attrs.title } : {}, 0],
    },
    lang: {
      attrs: { lang: {} },
      inclusive: false,
      parseDOM: [{ tag: "span[lang]", getAttrs: (dom) => ({ lang: dom.getAttribute("lang") }) }],
      toDOM: (mark) => ["span", { lang: mark.attrs.lang }, 0],
    },
    strong: { parseDOM: [{ tag: "strong" }, { tag: "b" }], toDOM: () => ["strong", 0] },
    em: { parseDOM: [{ tag: "em" }, { tag: "i" }], toDOM: () => ["em", 0] },
  },
});
