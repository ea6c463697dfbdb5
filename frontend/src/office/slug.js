const spelled = { ä: "ae", ö: "oe", ü: "ue", ß: "ss", æ: "ae", ø: "oe", å: "aa" };

/** The last part of an address for a title: lower case, a to z, digits and hyphens, at most 80 characters. */
export function slugOf(title) {
  return title
    .toLowerCase()
    .replace(/[äöüßæøå]/g, (letter) => spelled[letter])
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 80)
    .replace(/^-+|-+$/g, "");
}

/** Fills `field` from the field that its data-slug-from names, until someone writes an address of their own. */
export function suggestSlug(field) {
  const source = document.getElementById(field.dataset.slugFrom);
  if (!source) return;
  // An address that is already published must not change because somebody mends a title.
  let ours = field.value === "";
  field.addEventListener("input", () => {
    ours = field.value === "";
  });
  source.addEventListener("input", () => {
    if (ours) field.value = slugOf(source.value);
  });
}
