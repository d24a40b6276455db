// The picture: what is visible, handed to vis-network; where it stands and how it looks.

const MANY = 1500; // edges from which arrows are dropped, and lines hidden while one moves
const box = $("picture");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// -- colours: those of the style sheet, by day or by night -----------------------

const COMMUNITIES = 8; // colours that a reader can still tell apart
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
let colours = {};
function readColours() {
  const all = ["ink", "soft", "paper", "stated", "planned", "reported", "inferred", "deprecated",
    "rest", ...raw.families.map((family) => family.name),
    ...Array.from({ length: COMMUNITIES }, (_, n) => `community-${n}`)];
  colours = Object.fromEntries(all.map((each) => [each, css(`--${each}`)]));
}

const DASHES = {
  stated: [], planned: [9, 6], reported: [2, 5], inferred: [12, 5, 2, 5], deprecated: [1, 9],
};
/** A claim that is known to be wrong or disputed is drawn as that, whatever its status. */
const lineOf = (claim) => (claim.rank === "deprecated" ? "deprecated" : claim.status);

function fill(node) {
  if (state.colour === "type") return colours[node.family.name];
  return colours[node.community < COMMUNITIES ? `community-${node.community}` : "rest"];
}

function shape(node) {
  const background = fill(node);
  const rim = { background, border: colours.paper };
  const chosen = { background, border: colours.ink };
  const { x, y } = spots.get(node.id);
  return {
    id: node.id, x, y, size: node.size, shape: node.family.shape,
    color: { ...rim, highlight: chosen, hover: chosen },
  };
}

function stroke(claim) {
  const line = lineOf(claim);
  const color = colours[line];
  const drawn = {
    id: claim.id, from: claim.subject, to: claim.object,
    color: { color, highlight: color, hover: color },
  };
  if (DASHES[line].length) drawn.dashes = DASHES[line];
  if (claim.bend) {
    const type = claim.bend > 0 ? "curvedCW" : "curvedCCW";
    drawn.smooth = { enabled: true, type, roundness: Math.abs(claim.bend) };
  }
  return drawn;
}

// -- places ------------------------------------------------------------------------

const ranked = [...graph.nodes.values()];
for (const node of ranked) {
  node.x = raw.picture.nodes.x[node.rank];
  node.y = raw.picture.nodes.y[node.rank];
}
const moved = new Map(); // where a reader has dragged a node
let spots = new Map();
let plan = ""; // by which plan the nodes are placed

/** The more links a node has in this picture the larger it is; filters do not change that. */
function measure(nodes, larger = 1) {
  const within = new Set(nodes.map(({ id }) => id));
  for (const node of ranked) {
    node.size = 0;
    for (const claim of within.has(node.id) ? node.edges : []) {
      if (weighty(claim) && within.has(other(claim, node.id))) node.size++;
    }
    node.size = larger * (9 + 3 * Math.sqrt(Math.min(node.size, 100)));
  }
}

/** Around one node: a ring for each step, what hangs together side by side. */
function rings(id, nodes, edges) {
  const links = new Map(nodes.map((node) => [node.id, []]));
  for (const { subject, object } of edges) {
    links.get(subject).push(object);
    links.get(object).push(subject);
  }
  const below = new Map([[id, []]]);
  const steps = new Map([[id, 0]]);
  for (const near of below.keys()) {
    for (const next of links.get(near)) {
      if (below.has(next)) continue;
      below.set(next, []);
      below.get(near).push(next);
      steps.set(next, steps.get(near) + 1);
    }
  }
  // Half the room of what is below: a node with many does not crowd out its neighbours.
  const share = new Map();
  for (const near of [...below.keys()].reverse()) {
    const wanted = below.get(near).reduce((sum, each) => sum + share.get(each), 0);
    share.set(near, near === id ? wanted : Math.max(1, wanted / 2));
  }
  const gap = Math.max(190, (share.get(id) * 80) / (2 * Math.PI));
  const found = new Map();
  const place = (near, from, to) => {
    const [angle, far] = [(from + to) / 2, steps.get(near) * gap];
    found.set(near, { x: Math.round(1.25 * far * Math.cos(angle)), y: Math.round(far * Math.sin(angle)) });
    const unit = (to - from) / below.get(near).reduce((sum, each) => sum + share.get(each), 0);
    let next = from;
    for (const each of below.get(near)) {
      const until = next + unit * share.get(each);
      place(each, next, until);
      next = until;
    }
  };
  place(id, 0, 2 * Math.PI);
  return found;
}

/** Beside what it is linked to, away from the middle. */
function beside(node) {
  const known = node.edges.map((claim) => other(claim, node.id))
    .map((id) => raw.picture.near[graph.nodes.get(id).rank]).filter(Boolean);
  const count = known.length || 1;
  const x = known.reduce((sum, [each]) => sum + each, 0) / count;
  const y = known.reduce((sum, [, each]) => sum + each, 0) / count;
  const [far, turn] = [known.length ? 110 : 560, node.rank * 2.4]; // about the golden angle
  return [Math.round(x + far * Math.cos(turn)), Math.round(y + far * Math.sin(turn))];
}

/** Which plan the state calls for, the place of each node in it, what else is in it, and how
 *  much larger than usual shapes are: wide rings are seen from far off. */
function placed({ nodes, edges }) {
  const { focus, hops, all } = state;
  if (focus && hops && nodes.length < 400) {
    const found = rings(focus, nodes, edges);
    const rounds = ["rings", focus, ...nodes, ...edges].map((each) => each.id ?? each).join(" ");
    const far = Math.max(...[...found.values()].map(({ x, y }) => Math.hypot(x, y)));
    return [rounds, (node) => found.get(node.id) ?? node, nodes, Math.min(Math.max(1, far / 600), 2.5)];
  }
  const whole = all || (focus && hops) || !raw.picture.near.length;
  if (whole) return ["all", (node) => node, ranked];
  return ["near", (node) => {
    const [x, y] = raw.picture.near[node.rank] ?? beside(node);
    return { x, y };
  }, [...ranked.slice(0, raw.counts.opening), ...nodes]];
}

// -- handing over ------------------------------------------------------------------

readColours();
$("tools").hidden = $("zoom").hidden = $("side").hidden = $("filters").hidden = $("exports").hidden = false;
const upright = box.clientHeight > box.clientWidth; // a phone: the picture is turned
let nodeSet = new vis.DataSet();
let edgeSet = new vis.DataSet();
const network = new vis.Network(box, {}, raw.picture.options);
box.tabIndex = 0;
box.setAttribute("role", "application");
box.querySelector(".vis-network").removeAttribute("tabindex"); // the box has the focus
let drawn = { nodes: [], edges: [], steps: [] };
let crowded = false; // whether it was drawn as a picture of very many

/** Draw what is visible. */
function draw(force = false) {
  const view = visible();
  const [wanted, place, among, larger] = placed(view);
  const anew = force || wanted !== plan;
  if (!anew && view === drawn) return false;
  if (wanted !== plan) {
    moved.clear();
    measure(among, larger);
  }
  plan = wanted;
  spots = new Map(view.nodes.map((node) => {
    const { x, y } = place(node);
    return [node.id, moved.get(node.id) ?? (upright ? { x: y, y: -x } : { x, y })];
  }));
  const many = view.edges.length > MANY;
  if (many !== crowded) {
    crowded = many;
    network.setOptions({
      nodes: { borderWidth: many ? 0 : 1.5 }, // where they are small a rim is only slow
      edges: { arrows: { to: { enabled: !many } }, width: many ? 1 : 1.6 },
      interaction: { hideEdgesOnDrag: many, hideEdgesOnZoom: many, hover: !many },
    });
  }
  const known = new Set(drawn.nodes);
  if (anew || view.nodes.filter((node) => !known.has(node)).length > 200) replace(view);
  else exchange(edgeSet, view.edges, stroke, () => exchange(nodeSet, view.nodes, shape));
  drawn = view;
  leans.clear();
  box.dataset.drawn = view.nodes.length;
  box.dataset.edges = view.edges.length;
  return anew;
}

/** Hand over everything, which is quicker if much differs; the view stays where it was. */
function replace({ nodes, edges }) {
  const view = { position: network.getViewPosition(), scale: network.getScale(), animation: false };
  nodeSet = new vis.DataSet(nodes.map(shape));
  edgeSet = new vis.DataSet(edges.map(stroke));
  network.setData({ nodes: nodeSet, edges: edgeSet });
  network.moveTo(view);
}

/** Hand over what differs.  Lines go before and come after the nodes that they join. */
function exchange(set, wanted, form, between = () => {}) {
  const ids = new Set(wanted.map(({ id }) => id));
  set.remove(set.getIds().filter((id) => !ids.has(id)));
  between();
  set.add(wanted.filter(({ id }) => !set.get(id)).map(form));
}

/** Everything in view, with room for the labels at the rim. */
function fit() {
  network.fit({ animation: false, minZoomLevel: 0.01, maxZoomLevel: 1.6 });
  network.moveTo({ scale: network.getScale() * 0.93 });
}
const zoom = (factor) => network.moveTo({ scale: network.getScale() * factor });

/** Bring what is selected into view if it is not. */
function reveal(id) {
  if (!spots.has(id)) return;
  const { x, y } = network.canvasToDOM(network.getPosition(id));
  const margin = 60;
  if (x > margin && y > margin && x < box.clientWidth - margin && y < box.clientHeight - margin) return;
  network.focus(id, { scale: Math.max(network.getScale(), 0.5), animation: false });
}

// -- what is stressed: the selection and its neighbours, or a way --------------------

let stress = null; // {nodes, edges}: sets of ids; null if nothing is
let hovered = null;

function stressed() {
  const { selected, focus, hops } = state;
  const claim = graph.claims.get(selected);
  const steps = drawn.steps;
  if (hops && focus === selected && !steps.length) return null; // all of it was asked for
  const edges = new Set(steps.map(({ id }) => id));
  const nodes = new Set(steps.flatMap(({ subject, object }) => [subject, object]));
  for (const id of selectedNodes(state)) nodes.add(id);
  if (claim) edges.add(claim.id);
  else if (selected && !steps.length) {
    for (const each of graph.nodes.get(selected)?.edges ?? []) {
      if (!edgeSet.get(each.id)) continue;
      edges.add(each.id);
      nodes.add(other(each, selected));
    }
  }
  return nodes.size ? { nodes, edges } : null;
}

function select() {
  const { selected } = state;
  stress = stressed();
  network.setSelection({
    nodes: nodeSet.get(selected ?? "") ? [selected] : [],
    edges: edgeSet.get(selected ?? "") ? [selected] : [],
  }, { highlightEdges: false });
}

network.on("click", ({ pointer: { DOM } }) => {
  change({ selected: network.getNodeAt(DOM) ?? network.getEdgeAt(DOM) ?? null });
});
network.on("hoverNode", ({ node }) => { hovered = node; network.redraw(); });
network.on("blurNode", () => { hovered = null; network.redraw(); });
network.on("dragEnd", ({ nodes }) => {
  for (const [id, place] of Object.entries(network.getPositions(nodes))) moved.set(id, place);
  leans.clear();
  select(); // vis-network has selected what was dragged
});

// -- keys --------------------------------------------------------------------------

const STEPS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

/** The neighbour that lies most in a direction; where none does, the nearest node that does. */
function neighbour(id, [right, down]) {
  const from = network.getPosition(id);
  const towards = (ids, near) => ids.filter((each) => each !== id && spots.has(each)).map((each) => {
    const { x, y } = network.getPosition(each);
    const far = Math.hypot(x - from.x, y - from.y) || 1;
    const along = ((x - from.x) * right + (y - from.y) * down) / far;
    return { each, along, worth: near ? along / far : along };
  }).filter(({ along }) => along > 0.35).sort((a, b) => b.worth - a.worth)[0]?.each;
  return towards(network.getConnectedNodes(id), false) ?? towards([...spots.keys()], true);
}

box.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = STEPS[event.key];
  const actions = {
    "+": () => zoom(1.3), "=": () => zoom(1.3), "-": () => zoom(1 / 1.3), 0: fit,
    Escape: () => change({ selected: null }),
    Enter: () => state.selected && $("panel").focus(),
  };
  if (step) {
    const [id] = selectedNodes(state);
    change({ selected: spots.has(id) ? neighbour(id, step) ?? id : drawn.nodes[0]?.id ?? null });
  } else if (Object.hasOwn(actions, event.key)) actions[event.key]();
  else return;
  event.preventDefault();
});
for (const button of document.querySelectorAll("[data-zoom]")) {
  const actions = { in: () => zoom(1.3), out: () => zoom(1 / 1.3), fit };
  button.addEventListener("click", actions[button.dataset.zoom]);
}
