/**
 * Builds the front end: `node build.mjs [--force]`.
 *
 * Reads frontend/src and plugins/NAME/frontend, writes into the `static/dist` folder of the core and of
 * each plugin: bundled files with hashed names, a .gz beside each, manifest.json (logical name to file,
 * integrity, bytes), assets.lock.json (third-party packages that went in) and licences.txt (their texts).
 * The same inputs give the same bytes. Nothing is written when nothing changed since the last build.
 * Exit code 1, with the reason on stderr, when something is missing or does not compile.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "..");
const modules = join(here, "node_modules");
const stampFile = join(modules, ".cache", "stadtkern-build.json");
const packages = ["@kern-ux/native", "esbuild", "leaflet", "purgecss"];
const compressed = new Set([".css", ".js", ".svg"]);

class BuildError extends Error {}

const sha = (algorithm, data, encoding = "hex") => createHash(algorithm).update(data).digest(encoding);
const posix = (path) => relative(root, path).split(sep).join("/");

/** All files below a folder, sorted so that every machine sees the same order. */
function walk(folder, accept) {
  const found = [];
  if (!existsSync(folder)) return found;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (["node_modules", "dist", "__pycache__", "build"].includes(entry.name)) continue;
      if (entry.name.startsWith(".")) continue;
      found.push(...walk(path, accept));
    } else if (accept(entry.name)) found.push(path);
  }
  return found.sort();
}

/** The places to build: the core, then every plugin that has a frontend folder. */
function projects() {
  const core = { name: "core", source: join(here, "src"), dist: join(root, "src", "stadtkern", "web", "static", "dist") };
  const found = [core];
  const plugins = join(root, "plugins");
  if (existsSync(plugins)) {
    for (const name of readdirSync(plugins).sort()) {
      const source = join(plugins, name, "frontend");
      if (!existsSync(source) || entries(source).length === 0) continue;
      const home = join(plugins, name, "src", `stadtkern_${name}`);
      if (!existsSync(home)) {
        throw new BuildError(`plugins/${name}/frontend has files, but ${posix(home)} does not exist.`);
      }
      found.push({ name, source, dist: join(home, "static", "dist") });
    }
  }
  return found;
}

/** Only files directly in the folder are entries; what they import may lie deeper. */
function entries(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => compressed.has(extname(name))).sort();
}

/** KERN class names and tokens in templates, Python and scripts, as {path: words}. */
function scannedWords(config) {
  const words = {};
  const accept = (name) => config.scan.endings.some((ending) => name.endsWith(ending));
  for (const folder of config.scan.folders) {
    for (const path of walk(join(root, folder), accept)) {
      const found = readFileSync(path, "utf8").match(/(?:--)?kern-[\w-]*/g);
      if (found) words[posix(path)] = [...new Set(found)].sort();
    }
  }
  return words;
}

/** The words that count for one entry, with prefixes ("kern-alert--" before a template variable) marked "*". */
function wordsFor(entry, words, config) {
  const except = config.scanExcept[entry] ?? [];
  const chosen = new Set(config.safelist);
  for (const [path, found] of Object.entries(words)) {
    if (except.some((prefix) => path.startsWith(prefix))) continue;
    for (const word of found) {
      if (word !== "kern-") chosen.add(word.endsWith("-") ? `${word}*` : word);
    }
  }
  return [...chosen].sort();
}

/** KERN's style sheet reduced to the given class names and to the tokens that these still need. */
async function purgeKern(path, words, ownTokens, config) {
  const { PurgeCSS } = await import("purgecss");
  const classes = words.filter((word) => !word.startsWith("--"));
  const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const prefixes = classes.filter((word) => word.endsWith("*")).map((word) => new RegExp(`^${escape(word.slice(0, -1))}`));
  const [result] = await new PurgeCSS().purge({
    css: [{ raw: readFileSync(path, "utf8"), name: "kern.css" }],
    content: [{ raw: [...classes, ...config.elements].join(" "), extension: "html" }],
    defaultExtractor: (content) => content.split(" "),
    safelist: { standard: prefixes, variables: [...ownTokens] },
    variables: true,
    fontFace: true,
    keyframes: true,
  });
  return result.css;
}

/** Modules that a place replaces by files of its own: aliases.json, {module: file beside it}. */
function aliases(project) {
  const path = join(project.source, "aliases.json");
  if (!existsSync(path)) return {};
  const named = JSON.parse(readFileSync(path, "utf8"));
  return Object.fromEntries(Object.entries(named).map(([module, file]) => [module, join(project.source, file)]));
}

/** One esbuild run for one entry; returns [{name, contents}] and the inputs that it read. */
async function bundle(esbuild, project, entry, config, words, ownTokens) {
  const kernPlugin = {
    name: "kern",
    setup(build) {
      build.onLoad({ filter: /@kern-ux[\\/]native[\\/]dist[\\/]kern\.css$/ }, async ({ path }) => ({
        contents: await purgeKern(path, wordsFor(entry, words, config), ownTokens, config),
        loader: "css",
      }));
    },
  };
  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [join(project.source, entry)],
    outdir: project.dist,
    entryNames: "[name]",
    // What a script imports with import() becomes a file of its own; its name carries esbuild's hash.
    splitting: extname(entry) === ".js",
    chunkNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    charset: "utf8",
    target: config.targets,
    legalComments: "eof",
    logLevel: "silent",
    nodePaths: [modules],
    alias: aliases(project),
    // Small pictures travel inside the file: CSP allows data: images, and Leaflet's need no second request.
    loader: { ".png": "dataurl", ".gif": "dataurl", ".webp": "dataurl", ".svg": "dataurl" },
    plugins: [kernPlugin],
  });
  // What esbuild only warns about in our own files (an @import in the wrong place, say) would fail in the browser.
  const ours = result.warnings.filter(({ location }) => !location?.file.includes("node_modules/"));
  if (ours.length > 0) throw Object.assign(new Error("warnings"), { errors: ours });
  return {
    files: result.outputFiles.map((file) => ({ name: basename(file.path), contents: Buffer.from(file.contents) })),
    inputs: Object.keys(result.metafile.inputs),
  };
}

/** Third-party packages among the inputs: version, licence and a hash over the files that were used. */
function assetsLock(inputs) {
  const used = new Map();
  for (const input of [...inputs].sort()) {
    const match = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) used.set(match[1], [...(used.get(match[1]) ?? []), input]);
  }
  const locked = [];
  let texts = "";
  for (const name of [...used.keys()].sort()) {
    const about = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
    const hash = createHash("sha256");
    for (const file of used.get(name)) {
      hash.update(file.slice(file.indexOf("node_modules/"))).update("\0").update(readFileSync(join(root, file))).update("\0");
    }
    const files = used.get(name).map((file) => file.split(`node_modules/${name}/`)[1]);
    locked.push({ package: name, version: about.version, licence: about.license, sha256: hash.digest("hex"), files });
    const licence = readdirSync(join(modules, name)).find((file) => /^(?:licen[cs]e|copying)/i.test(file));
    if (licence) texts += `${name} ${about.version}\n\n${readFileSync(join(modules, name, licence), "utf8").trim()}\n\n\n`;
  }
  return { json: `${JSON.stringify({ packages: locked }, null, 2)}\n`, texts };
}

/** Builds one place and returns its files as a map from file name to bytes, the manifest last. */
async function buildProject(esbuild, project, config, words, ownTokens) {
  const logical = new Map();
  const parts = new Map();
  const inputs = new Set();
  for (const entry of entries(project.source)) {
    if (extname(entry) === ".svg") {
      logical.set(entry, readFileSync(join(project.source, entry)));
      continue;
    }
    const built = await bundle(esbuild, project, entry, config, words, ownTokens);
    built.inputs.forEach((input) => inputs.add(input));
    for (const { name, contents } of built.files) {
      if (basename(name, extname(name)) !== basename(entry, extname(entry))) {
        parts.set(name, contents);
        continue;
      }
      // A script may import styles: they come first, the style sheet of the same name after them.
      const before = extname(entry) === ".js" ? [contents, logical.get(name)] : [logical.get(name), contents];
      logical.set(name, Buffer.concat(before.filter(Boolean)));
    }
  }
  const files = new Map();
  const manifest = {};
  for (const name of [...logical.keys()].sort()) {
    const contents = logical.get(name);
    const ending = extname(name);
    const hashed = `${basename(name, ending)}-${sha("sha256", contents).slice(0, 10)}${ending}`;
    const packed = gzipSync(contents, { level: 9 });
    files.set(hashed, contents);
    files.set(`${hashed}.gz`, packed);
    manifest[name] = {
      file: hashed,
      integrity: `sha384-${sha("sha384", contents, "base64")}`,
      bytes: contents.length,
      gzip: packed.length,
    };
  }
  for (const name of [...parts.keys()].sort()) {
    files.set(name, parts.get(name));
    files.set(`${name}.gz`, gzipSync(parts.get(name), { level: 9 }));
  }
  const lock = assetsLock(inputs);
  files.set("assets.lock.json", Buffer.from(lock.json));
  files.set("licences.txt", Buffer.from(lock.texts));
  files.set("manifest.json", Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  const chunks = [...parts].map(([name, contents]) => ({ name, bytes: contents.length, gzip: gzipSync(contents, { level: 9 }).length }));
  return { files, manifest, chunks };
}

/** New files first, then the manifest in one step, then the old ones go: a running server never misses a file. */
function writeDist(dist, files) {
  mkdirSync(dist, { recursive: true });
  for (const [name, contents] of files) {
    const path = join(dist, name);
    writeFileSync(`${path}.new`, contents);
    renameSync(`${path}.new`, path);
  }
  for (const name of readdirSync(dist)) if (!files.has(name)) rmSync(join(dist, name), { recursive: true });
}

/** A hash over everything that decides about the output. */
function fingerprint(places, words) {
  const hash = createHash("sha256");
  const sources = [join(here, "build.mjs"), join(here, "build.config.mjs"), join(here, "package-lock.json")];
  for (const place of places) sources.push(...walk(place.source, () => true));
  for (const path of sources) hash.update(posix(path)).update("\0").update(readFileSync(path)).update("\0");
  return hash.update(JSON.stringify(words)).digest("hex");
}

/** Whether the last build had the same inputs and all its files are still there, unshortened. */
function isCurrent(print) {
  try {
    const stamp = JSON.parse(readFileSync(stampFile, "utf8"));
    if (stamp.print !== print) return false;
    return Object.entries(stamp.outputs).every(([path, bytes]) => statSync(join(root, path)).size === bytes);
  } catch {
    return false; // no stamp, an unreadable one or a missing file: build
  }
}

async function main() {
  if (Number(process.versions.node.split(".")[0]) < 20) {
    throw new BuildError(`Node 20 or newer is needed; this is ${process.versions.node}.`);
  }
  const lacking = packages.filter((name) => !existsSync(join(modules, name, "package.json")));
  if (lacking.length > 0) {
    throw new BuildError(`Missing packages: ${lacking.join(", ")}. Run "npm ci --ignore-scripts" in frontend/ first.`);
  }
  const { default: config } = await import("./build.config.mjs");
  const absent = config.required.filter((name) => !existsSync(join(here, "src", name)));
  if (absent.length > 0) throw new BuildError(`Missing in frontend/src: ${absent.join(", ")}.`);

  const places = projects();
  const words = scannedWords(config);
  const print = fingerprint(places, words);
  if (!process.argv.includes("--force") && isCurrent(print)) {
    console.log("Front end: up to date.");
    return;
  }
  const ownTokens = new Set(Object.values(words).flat().filter((word) => word.startsWith("--")));
  for (const place of places) {
    for (const path of walk(place.source, (name) => name.endsWith(".css"))) {
      for (const [, token] of readFileSync(path, "utf8").matchAll(/var\(\s*(--kern-[\w-]+)/g)) ownTokens.add(token);
    }
  }
  const esbuild = await import("esbuild");
  const outputs = {};
  const built = [];
  // Everything is built before anything is written, so that an error leaves the last good files alone.
  for (const place of places) built.push([place, await buildProject(esbuild, place, config, words, ownTokens)]);
  for (const [place, { files, manifest, chunks }] of built) {
    writeDist(place.dist, files);
    for (const [name, contents] of files) outputs[posix(join(place.dist, name))] = contents.length;
    const parts = chunks.map(({ name, ...about }) => [`  ${name.replace(/-[A-Z0-9]{8}(?=\.)/, "")}`, about]);
    for (const [name, about] of [...Object.entries(manifest), ...parts]) {
      console.log(`${place.name.padEnd(14)} ${name.padEnd(14)} ${String(about.bytes).padStart(7)} B ${String(about.gzip).padStart(6)} B gzip`);
    }
  }
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, JSON.stringify({ print, outputs }));
}

try {
  await main();
} catch (error) {
  if (error instanceof BuildError) console.error(`Front end: ${error.message}`);
  else if (Array.isArray(error?.errors)) {
    for (const { text, location } of error.errors) {
      console.error(`Front end: ${location ? `${location.file}:${location.line}: ` : ""}${text}`);
    }
  } else console.error(`Front end: ${error?.stack ?? error}`);
  process.exitCode = 1;
}
