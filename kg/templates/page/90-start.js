// The language of the page, and everything in its order: on opening and after each change.

function showLanguage() {
  document.documentElement.lang = state.lang;
  for (const each of document.querySelectorAll("[data-word]")) each.textContent = t(each.dataset.word);
  for (const each of document.querySelectorAll("[data-aria]")) {
    each.setAttribute("aria-label", t(each.dataset.aria));
    if (each.placeholder !== undefined) each.placeholder = t(each.dataset.aria);
  }
  $("title").textContent = document.title = raw.title || t("title");
  $("counts").textContent = t(raw.summary, raw.counts);
  for (const each of document.querySelectorAll("[data-counts]")) {
    each.textContent = t(each.dataset.counts, raw.counts);
  }
  const next = LANGUAGES[(LANGUAGES.indexOf(state.lang) + 1) % LANGUAGES.length];
  $("lang").textContent = raw.words[next].language;
  $("lang").lang = next;
  $("lang").hidden = false;
  showSources();
}

function showSources() {
  $("source-list").replaceChildren(...sources.flatMap((source) => [
    make("h3", "", link(say(source.title), source.url)),
    pairs(source.known.map(([word, value]) => [t(word), say(text(value))])) ?? "",
    source.text === null ? "" : make("p", "hint", t("own_copy")),
  ]));
  $("made").textContent = t("made", { version: raw.version });
}

/** What is known of the way that is asked for. */
function wayStatus() {
  const { start, end } = state;
  if (!start && !end) return null;
  if (!end) return told("path_begun", { name: name(graph.nodes.get(start)) });
  if (!start) return told("path_ended", { name: name(graph.nodes.get(end)) });
  if (!drawn.steps.length) return [t(start === end ? "path_same" : "path_none")];
  return [drawn.steps.length === 1 ? t("path_one") : t("path_found", { n: drawn.steps.length })];
}

function showStatus() {
  const { nodes, edges } = drawn;
  const node = graph.nodes.get(state.selected);
  const counts = !nodes.length ? t("nothing") : t("shown", { nodes: nodes.length, edges: edges.length, total: raw.counts.nodes });
  const chosen = node && told("chosen", {
    name: name(node), type: term(node.cls || "Entity"),
    edges: edges.filter((each) => each.subject === node.id || each.object === node.id).length,
  });
  const parts = [chosen, wayStatus(), [counts]].filter(Boolean);
  $("status").replaceChildren(...parts.flatMap((part) => [" · ", ...part]).slice(1));
}

const LOOKS = [...FILTERS, "added", "start", "end", "selected"];
const PANEL = ["lang", "start", "end", "selected", ...FILTERS];

function show(now, before) {
  const opening = !box.dataset.ready;
  const differs = (part) => !same(now[part], before[part]);
  const some = (parts) => opening || parts.some(differs);
  if (some(["lang"])) showLanguage();
  if (some([...LOOKS, "colour"])) {
    const bare = !drawn.nodes.length;
    const anew = draw(differs("colour"));
    select();
    if (opening || bare || (anew && !differs("colour")) || differs("start") || differs("end")) fit();
  }
  if (now.selected && some(["selected"])) reveal(selectedNodes(now)[0]);
  if (some(PANEL)) showPanel();
  if (some(["lang", "types", "relations", "statuses", "sources"])) showFilters();
  showTime();
  showControls();
  showStatus();
}

/** What changes the picture draws it once, at the end: half done it may not be seen. */
function quietly(act) {
  network.body.emitter.emit("_blockRedraw");
  try {
    act();
  } finally {
    network.body.emitter.emit("_allowRedraw");
  }
  network.redraw();
}
listen((now, before) => quietly(() => show(now, before)));

function repaint() {
  readColours();
  quietly(() => {
    draw(true);
    select();
  });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
matchMedia("print").addEventListener("change", repaint);

// On a phone the picture comes first, and what it takes to filter it is folded away.
document.querySelector(".fold").open = matchMedia("(min-width: 60.01rem)").matches;
restore();
requestAnimationFrame(() => requestAnimationFrame(() => { box.dataset.ready = "true"; }));
