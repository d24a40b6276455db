// Controls: the legend, which is the filter, with counts; time; the neighbourhood; paths.

/** A line as the picture draws it. */
function sample(line) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("class", `line ${line}`);
  svg.setAttribute("viewBox", "0 0 34 10");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", "M0 5H34");
  path.setAttribute("stroke-dasharray", DASHES[line].join(" "));
  svg.append(path);
  return svg;
}

/** How many there are of each key among all that the page holds, the most first. */
function counted(keys) {
  const counts = new Map();
  for (const each of keys) counts.set(each, (counts.get(each) ?? 0) + 1);
  return counts;
}
const claimsOf = (fn) => counted([...graph.claims.values()].flatMap(fn));

const ORDER = ["stated", "planned", "reported", "inferred", "deprecated"];
const FACETS = {
  type: {
    part: "types",
    counts: counted(ranked.map((node) => node.cls || "Entity")),
    name: term,
    icon: (cls) => icon(ranked.find((node) => (node.cls || "Entity") === cls).family),
    rank: (cls) => raw.families.indexOf(ranked.find((node) => (node.cls || "Entity") === cls).family),
  },
  status: {
    part: "statuses",
    counts: claimsOf((claim) => [claim.status, ...(claim.rank === "deprecated" ? ["deprecated"] : [])]),
    name: term, icon: sample, rank: (status) => ORDER.indexOf(status),
  },
  relation: {
    part: "relations", counts: claimsOf((claim) => [claim.relation]), name: term,
  },
  source: {
    part: "sources",
    counts: claimsOf((claim) => claim.sources),
    name: (id) => say(sources.find((source) => source.id === id).title),
  },
};

function choice(facet, value, count) {
  const boxed = make("input");
  boxed.type = "checkbox";
  boxed.value = value;
  boxed.checked = !state[facet.part].includes(value);
  boxed.addEventListener("change", () => {
    const off = new Set(state[facet.part]);
    if (boxed.checked) off.delete(value);
    else off.add(value);
    change({ [facet.part]: [...off].sort() });
  });
  return make("label", "choice", boxed, facet.icon?.(value) ?? null,
    make("bdi", "", facet.name(value)), " ", make("span", "count", count.toLocaleString(state.lang)));
}

function toggles(facet) {
  const values = [...facet.counts.keys()].sort();
  const every = button("every", () => change({ [facet.part]: [] }));
  const none = button("none", () => change({ [facet.part]: values }));
  [every.value, none.value] = ["*every", "*none"]; // what had the focus is found again by its value
  return make("p", "acts", every, none);
}

/** Write the legend anew: the language may have changed, or what is checked. */
function showFilters() {
  for (const [kind, facet] of Object.entries(FACETS)) {
    const set = document.querySelector(`[data-filter="${kind}"]`);
    const held = set.contains(document.activeElement) ? document.activeElement.value : null;
    const rank = facet.rank ?? (() => 0);
    const values = [...facet.counts].sort(([one, less], [other, more]) =>
      rank(one) - rank(other) || more - less || (one < other ? -1 : 1));
    set.hidden = !values.length;
    set.querySelector(".choices").replaceChildren(
      ...values.map(([value, count]) => choice(facet, value, count)),
      ...(values.length > 4 ? [toggles(facet)] : []));
    if (held) set.querySelector(`[value="${CSS.escape(held)}"]`)?.focus();
  }
}

/** Which colour is which community: named after the best connected in it. */
function communities() {
  const firsts = new Map();
  const sizes = counted(ranked.map(({ community }) => Math.min(community, COMMUNITIES)));
  for (const node of ranked) {
    const group = Math.min(node.community, COMMUNITIES);
    if (!firsts.has(group)) firsts.set(group, node);
  }
  return [...firsts.keys()].sort((one, other) => one - other).map((group) => ({
    sign: group === COMMUNITIES ? "rest" : `community-${group}`,
    name: group === COMMUNITIES
      ? t("community_rest") : t("community", { name: name(firsts.get(group)) }),
    count: sizes.get(group),
  }));
}

function showCommunities() {
  const list = $("communities");
  list.hidden = state.colour !== "community";
  if (list.hidden) return;
  list.replaceChildren(...communities().map(({ sign, name: said, count }) =>
    make("li", "choice", make("span", `swatch ${sign}`), make("bdi", "", said),
      make("span", "count", count.toLocaleString(state.lang)))));
}

/** What is shown, with its sign, in the state's language. */
function legend() {
  const { nodes, edges } = visible();
  const families = counted(nodes.map(({ family }) => family));
  const lines = counted(edges.map(lineOf));
  const groups = state.colour === "community" ? communities() : [];
  return [
    ...groups.map(({ sign, name: said, count }) =>
      ({ name: said, count, outline: raw.families.at(-1).outline, colour: colours[sign] })),
    ...raw.families.filter((family) => families.has(family)).map((family) => ({
      name: family.classes.map(term).join(", "), count: families.get(family),
      outline: family.outline, colour: state.colour === "type" ? colours[family.name] : colours.soft,
    })),
    ...ORDER.filter((line) => lines.has(line)).map((line) => ({
      name: term(line), count: lines.get(line), colour: colours[line], dashes: DASHES[line],
    })),
  ];
}

// -- time -------------------------------------------------------------------------------

const sliders = { from: $("from"), to: $("to") };

function showTime() {
  $("time").hidden = !months.length;
  if (!months.length) return;
  for (const [part, slider] of Object.entries(sliders)) {
    [slider.min, slider.max, slider.step] = [EARLIEST, LATEST, 1];
    const value = state[part] ?? (part === "from" ? EARLIEST : LATEST);
    slider.value = value;
    slider.setAttribute("aria-valuetext", month(value));
    document.querySelector(`output[for="${part}"]`).value = month(value);
  }
  $("undated").checked = state.undated;
}

/** A drag is one step back, however many months it passes, and so are keys in a row. */
let dragging = false;
function slide(part) {
  const value = Number(sliders[part].value);
  const patch = { [part]: value === (part === "from" ? EARLIEST : LATEST) ? null : value };
  if (part === "from" && state.to !== null && value > state.to) patch.to = value;
  if (part === "to" && state.from !== null && value < state.from) patch.from = value;
  change(patch, { replace: dragging });
  dragging = true;
}
for (const [part, slider] of Object.entries(sliders)) {
  slider.addEventListener("input", () => slide(part));
  for (const event of ["pointerdown", "focus", "blur"]) {
    slider.addEventListener(event, () => { dragging = false; });
  }
}
window.addEventListener("popstate", () => { dragging = false; });
$("undated").addEventListener("change", () => change({ undated: $("undated").checked }));

// -- the rest ---------------------------------------------------------------------------

combobox($("search"), (node) => {
  $("search").value = "";
  const held = visible().nodes.includes(node) || state.added.includes(node.id);
  const added = held ? state.added : [...state.added, node.id];
  change({ ...outside(node.id), selected: node.id, added });
});
combobox($("path-from"), (node) => change({ start: node.id, selected: null }));
combobox($("path-to"), (node) => change({ end: node.id, selected: null }));

$("hops").addEventListener("change", () => {
  const hops = Number($("hops").value);
  const [selected] = selectedNodes(state);
  const focus = selected ?? state.focus ?? drawn.nodes[0]?.id ?? null;
  change(hops ? { hops, focus } : { hops, focus: null });
});
$("colour").addEventListener("change", () => change({ colour: $("colour").value }));
$("all").addEventListener("click", () => change({ all: !state.all, focus: null, hops: 0 }));
/** The page as it opened, all of it in view; only the language stays. */
function reset() {
  if ($("physics").checked) $("physics").click();
  moved.clear();
  change({ ...DEFAULTS, lang: state.lang });
  repaint();
  fit();
}
$("reset").addEventListener("click", reset);
$("lang").addEventListener("click", () =>
  change({ lang: LANGUAGES[(LANGUAGES.indexOf(state.lang) + 1) % LANGUAGES.length] }));
$("physics").addEventListener("change", () => {
  const enabled = $("physics").checked;
  network.setOptions({ physics: { enabled, stabilization: false, barnesHut: { springLength: 130 } } });
  if (enabled && calm.matches) { // places are found unseen
    network.once("stabilizationIterationsDone", () => $("physics").checked && $("physics").click());
    network.stabilize(200);
  }
  if (enabled) return;
  for (const [id, place] of Object.entries(network.getPositions())) moved.set(id, place);
  leans.clear();
  fit();
});

function showControls() {
  showCommunities();
  const { opening, nodes, alone } = raw.counts;
  const rest = opening + alone === nodes; // what is not drawn are those without relations
  const [more, less] = rest ? ["show_alone", "hide_alone"] : ["show_all", "show_some"];
  $("all").hidden = opening >= nodes;
  $("all").textContent = state.all
    ? t(less, { n: opening }) : t(more, { n: rest ? alone : nodes });
  $("hops").value = String(state.hops);
  $("colour").value = state.colour;
  for (const [id, part] of [["path-from", "start"], ["path-to", "end"]]) {
    if ($(id) !== document.activeElement || state[part]) {
      $(id).value = state[part] ? name(graph.nodes.get(state[part])) : "";
    }
  }
}
