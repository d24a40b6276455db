// What the page knows, what is shown of it, and the one way to change that.
// All files of this folder are joined into one function: they share these names.

const $ = (id) => document.getElementById(id);
const raw = JSON.parse($("graph").textContent);

// -- reading the data ---------------------------------------------------------
// Columns are lists, or objects that leave out what is empty; texts are numbers.

const LANGUAGES = raw.languages;
const at = (column, row) => column[row] ?? 0;
const rows = (column, row) => column[row] || [];
const key = (number) => raw.keys[number];

/** A text by language, all the same object for the same number. */
const texts = new Array(raw.texts.length);
function text(number) {
  return texts[number] ??= Object.fromEntries(LANGUAGES.map((lang, index) => {
    const said = raw.texts[number];
    return [lang, typeof said === "string" ? said : said[index]];
  }));
}
const NOTHING = text(0);

function readNodes({ nodes }, family) {
  return nodes.id.map((id, rank) => ({
    id, rank, iri: raw.prefixes.id + id,
    cls: key(nodes.cls[rank]),
    family: raw.families[family[rank]],
    names: text(nodes.name[rank]),
    also: rows(nodes.also, rank).map((number) => text(number)[LANGUAGES[0]]),
    misspelt: rows(nodes.misspelt, rank).map((number) => text(number)[LANGUAGES[0]]),
    note: text(at(nodes.note, rank)),
    facts: [], edges: [],
    x: 0, y: 0, size: 0, community: raw.picture.nodes.community[rank], // 30-picture.js places it
  }));
}

function readEvidence(numbers) {
  const found = [];
  for (let i = 0; i < numbers.length; i += 4) {
    const [number, start, end, quote] = numbers.slice(i, i + 4);
    const source = sources[number] || null;
    found.push(start < 0
      ? { source, record: text(end)[LANGUAGES[0]], quote: text(quote)[LANGUAGES[0]] }
      : { source, start, end, quote: quote ? passage(source, start, end) : "" });
  }
  return found;
}

/** Spans count code points; a string counts UTF-16 units. */
const points = new Map();
function passage(source, start, end) {
  if (!points.has(source)) points.set(source, Array.from(source.text));
  return points.get(source).slice(start, end).join("");
}

/** A gloss with the names that it leaves out: kg/page.py puts a sign for each. */
function readGloss({ subject, value }, gloss) {
  const names = { "\x7f": graph.nodes.get(subject).names, "\x80": value };
  return Object.fromEntries(LANGUAGES.map((lang) =>
    [lang, gloss[lang].replace(/[\x7f\x80]/g, (sign) => names[sign][lang])]));
}

function readClaim(row) {
  const { claims, facts, picture } = raw;
  const fact = row - picture.edges.from.length;
  const isEdge = fact < 0;
  const id = claims.id[row];
  const qualifiers = rows(claims.qualifiers, row);
  return {
    id, iri: raw.prefixes.claim + id,
    subject: raw.nodes.id[isEdge ? picture.edges.from[row] : facts.subject[fact]],
    relation: key(claims.relation[row]),
    object: isEdge ? raw.nodes.id[picture.edges.to[row]] : null,
    value: isEdge ? text(raw.nodes.name[picture.edges.to[row]]) : text(facts.value[fact]),
    address: isEdge || !at(facts.address, fact) ? "" : text(facts.value[fact])[LANGUAGES[0]],
    status: key(claims.status[row]),
    rank: key(at(claims.rank, row)) || "normal",
    qualifiers: qualifiers.flatMap((name, i) =>
      i % 2 ? [] : [[key(name), text(qualifiers[i + 1])]]),
    from: at(claims.from, row) || null, to: at(claims.to, row) || null, // months since year 0
    get gloss() { return readGloss(this, text(at(claims.gloss, row))); },
    note: text(at(claims.note, row)),
    get evidence() { return readEvidence(rows(claims.evidence, row)); },
    premises: rows(claims.premises, row)
      .map((each) => (typeof each === "number" ? claims.id[each] : each)),
    rule: text(at(claims.rule, row))[LANGUAGES[0]],
    bend: isEdge ? at(picture.edges.bend, row) : 0,
    sources: [], // ids; of an inferred claim those of what it rests on
  };
}

const sources = raw.sources.map((source) => ({
  ...source, iri: raw.prefixes.source + source.id, title: text(source.title),
  text: Object.hasOwn(raw.articles, source.id) ? raw.articles[source.id] : null,
}));

const graph = { nodes: new Map(), claims: new Map(), sources, words: raw.words, terms: raw.terms };
for (const node of readNodes(raw, raw.picture.nodes.family)) graph.nodes.set(node.id, node);
for (let row = 0; row < raw.claims.id.length; row++) {
  const claim = readClaim(row);
  graph.claims.set(claim.id, claim);
  const subject = graph.nodes.get(claim.subject);
  if (claim.object === null) subject.facts.push(claim);
  else {
    subject.edges.push(claim);
    if (claim.object !== claim.subject) graph.nodes.get(claim.object).edges.push(claim);
  }
}
(function findSources() {
  const found = new Map();
  const of = (claim) => {
    if (found.has(claim)) return found.get(claim);
    found.set(claim, new Set()); // ends a circle of premises
    const own = claim.evidence.flatMap(({ source }) => source?.id ?? []);
    const below = claim.premises.flatMap((id) =>
      (graph.claims.has(id) ? [...of(graph.claims.get(id))] : []));
    found.set(claim, new Set([...own, ...below]));
    return found.get(claim);
  };
  for (const claim of graph.claims.values()) claim.sources = [...of(claim)];
})();

// -- state --------------------------------------------------------------------

const DEFAULTS = Object.freeze({
  lang: document.documentElement.lang,
  selected: null, // id of a node or of a claim
  focus: null, hops: 0, // only the neighbourhood of this node, that many steps
  start: null, end: null, // a way between these two
  types: [], relations: [], statuses: raw.off, sources: [], // what is switched off
  from: null, to: null, undated: true, // months since the year 0
  colour: "type",
  all: false, // whether all is drawn, or what the page opened with
  added: [], // nodes that a search or a link brought in
  sort: "", page: 0, // of the table
});
let state = { ...DEFAULTS };
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

const months = [...graph.claims.values()].flatMap(({ from, to }) => [from, to])
  .filter((each) => each !== null);
const [EARLIEST, LATEST] = months.reduce(
  ([low, high], each) => [Math.min(low, each), Math.max(high, each)], [Infinity, -Infinity]);

const month = (count) =>
  `${String(Math.floor(count / 12)).padStart(4, "0")}-${String((count % 12) + 1).padStart(2, "0")}`;
const readMonth = (said) => {
  const found = /^(\d{4})(?:-(0[1-9]|1[0-2]))?$/.exec(said);
  if (!found) return undefined;
  const count = 12 * Number(found[1]) + Number(found[2] || 1) - 1;
  return Math.min(Math.max(count, EARLIEST), LATEST);
};

/** How each part of the state stands in the address: its name there, to text, from text. */
const ADDRESS = (() => {
  const words = [encodeURIComponent, decodeURIComponent];
  const one = (holds) => [words[0], (said) => (holds(words[1](said)) ? words[1](said) : undefined)];
  const oneOf = (...all) => one((said) => all.includes(said));
  const node = one((said) => graph.nodes.has(said));
  const either = one((said) => graph.nodes.has(said) || graph.claims.has(said));
  const count = [String, (said) => (/^\d{1,6}$/.test(said) ? Number(said) : undefined)];
  const flag = [(on) => (on ? "1" : "0"), (said) => said === "1"];
  const time = [month, readMonth];
  const list = [(all) => all.map(words[0]).join(","),
    (said) => (said ? said.split(",").map(words[1]) : [])];
  const nodes = [list[0], (said) => list[1](said).filter((id) => graph.nodes.has(id))];
  return {
    selected: ["sel", ...either], focus: ["focus", ...node],
    hops: ["hops", String, (said) => (/^[0-4]$/.test(said) ? Number(said) : undefined)],
    start: ["a", ...node], end: ["b", ...node],
    types: ["type", ...list], relations: ["relation", ...list],
    statuses: ["status", ...list], sources: ["source", ...list],
    from: ["from", ...time], to: ["to", ...time], undated: ["undated", ...flag],
    colour: ["colour", ...oneOf("type", "community")],
    all: ["all", ...flag], added: ["add", ...nodes], lang: ["lang", ...oneOf(...LANGUAGES)],
    sort: ["sort", ...words], page: ["page", ...count],
  };
})();
const FILTERS = ["types", "relations", "statuses", "sources", "from", "to", "undated", "focus",
  "hops", "all"];

/** The fragment that says how `wanted` differs from how the page opens. */
function fragment(wanted) {
  const parts = [];
  for (const [part, [short, write]] of Object.entries(ADDRESS)) {
    if (same(wanted[part], DEFAULTS[part])) continue;
    parts.push(`${short}=${wanted[part] === null ? "" : write(wanted[part])}`);
  }
  return `#${parts.join("&")}`;
}

/** The address, on this page, of what is shown with `patch` applied. */
const address = (patch) => fragment({ ...state, ...patch });

/** What a fragment asks for; what it gets wrong is passed over. */
function readFragment(said) {
  const parts = Object.entries(ADDRESS);
  const found = {};
  for (const pair of said.replace(/^#/, "").split("&")) {
    const [short, value = ""] = pair.split(/=(.*)/s);
    const [part, [, ...form] = []] = parts.find(([, [name]]) => name === short) ?? [];
    if (!part) continue;
    try {
      const read = form[1](value);
      if (read !== undefined) found[part] = read;
    } catch { /* percent signs that are not ours */ }
  }
  return found;
}

const listeners = [];
/** Call `fn(state, before)` after every change, in the order of listening. */
function listen(fn) {
  listeners.push(fn);
}

function become(wanted) {
  const before = state;
  state = Object.freeze(wanted);
  for (const fn of listeners) fn(state, before);
}

/** Alter the state; a step back undoes it, unless it replaces the step before. */
function change(patch, { replace = false } = {}) {
  const wanted = { ...state, ...patch };
  const differs = (part) => !same(wanted[part], state[part]);
  if (!Object.keys(patch).some(differs)) return;
  if (FILTERS.some(differs)) wanted.page = 0;
  try { // a frame without an address of its own refuses
    if (replace) history.replaceState(null, "", fragment(wanted));
    else history.pushState(null, "", fragment(wanted));
  } catch { /* the page works without */ }
  become(wanted);
}

/** Take the state from the page's address, as on opening and on a step back. */
function restore() {
  become({ ...DEFAULTS, ...readFragment(location.hash) });
}
window.addEventListener("popstate", restore); // typing another fragment is one, too

/** A link such as `#sel=kim` adds to what is shown: filters and language stay. */
document.addEventListener("click", (event) => {
  const anchor = event.target.closest?.("a[href^='#']");
  if (!anchor || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const patch = readFragment(anchor.getAttribute("href"));
  if (!Object.keys(patch).length) return;
  event.preventDefault();
  change(patch.selected ? { ...outside(patch.selected), ...patch } : patch);
  if (patch.selected) $("panel").focus();
});

// -- words --------------------------------------------------------------------

const say = (texts) => texts[state.lang];
const name = (node) => say(node.names);
const term = (local) => (Object.hasOwn(raw.terms, local) ? say(text(raw.terms[local])) : local);
/** One of the page's own words, `{names}` filled in; a number gets its separators. */
function t(word, values = {}) {
  return raw.words[state.lang][word].replace(/\{(\w+)\}/g, (whole, key) => {
    const value = values[key] ?? whole;
    return typeof value === "number" ? value.toLocaleString(state.lang) : value;
  });
}

/** The same as pieces of a paragraph: a name in it cannot turn the words around. */
function told(word, values) {
  return raw.words[state.lang][word].split(/\{(\w+)\}/).map((piece, index) => {
    if (index % 2 === 0) return piece;
    const value = values[piece];
    return typeof value === "number" ? value.toLocaleString(state.lang) : make("bdi", "", value);
  });
}

// -- elements: a string becomes text, never markup ------------------------------

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

function link(text, address) {
  if (!/^https?:\/\//.test(address || "")) return make("bdi", "", text);
  const anchor = make("a", "", make("bdi", "", text));
  anchor.href = address;
  anchor.rel = "noreferrer";
  return anchor;
}

/** A link to a node or a claim on this page. */
function jump(text, id) {
  const anchor = make("a", "", make("bdi", "", text));
  anchor.href = `#sel=${encodeURIComponent(id)}`;
  return anchor;
}
