// Labels: our own, so that they keep their size, never overlap, and cost little.

const FONT = 12; // CSS pixels, whatever the zoom
const LINE = 14;
const ROOM = 5000; // square pixels for each label: where there are more, nobody reads them
const SOME_LINES = 400; // beyond so many, what lines say is told of the selection only
const face = getComputedStyle(document.body).fontFamily;
const laid = new Map(); // width and text -> lines, measured once
const leans = new Map(); // id -> which way its label leans; forgotten when nodes move
let labels = []; // what was written last, for the exports
let screen = { width: 0, height: 0, most: 0 }; // measured once a drawing: asking is slow

/** Where a node is on the screen, in CSS pixels of the picture. */
function spot(id) {
  const { scale, translation } = network.body.view;
  const { x, y } = network.body.nodes[id];
  return { x: x * scale + translation.x, y: y * scale + translation.y };
}

/** Break a name into at most two lines of about `most` pixels. */
function lay(context, text, most) {
  const known = `${most} ${text}`;
  if (laid.has(known)) return laid.get(known);
  const lines = [""];
  let whole = true;
  for (const word of text.match(/\S+\s*|\s+/g) || [""]) {
    const long = context.measureText(word.trimEnd()).width > most;
    if (long) whole = false;
    for (const part of long ? word : [word]) {
      const longer = lines.at(-1) + part;
      if (context.measureText(longer.trimEnd()).width > most && lines.at(-1)) lines.push(part);
      else lines[lines.length - 1] = longer;
    }
  }
  const kept = lines.slice(0, 2).map((line) => line.trimEnd());
  if (lines.length > 2) {
    kept[1] += "…";
    whole = false;
  }
  const width = Math.max(...kept.map((line) => context.measureText(line).width));
  laid.set(known, { lines: kept, whole, width, height: LINE * kept.length });
  return laid.get(known);
}

/** What of the canvas is taken, in cells, so that looking does not slow down with the many. */
class Taken {
  constructor() {
    this.cells = new Map();
  }

  * around({ left, top, right, bottom }) {
    for (let x = Math.floor(left / 64); x <= Math.floor(right / 64); x++) {
      for (let y = Math.floor(top / 64); y <= Math.floor(bottom / 64); y++) yield x * 4096 + y;
    }
  }

  add(place) {
    for (const cell of this.around(place)) {
      if (this.cells.has(cell)) this.cells.get(cell).push(place);
      else this.cells.set(cell, [place]);
    }
  }

  free(place) {
    for (const cell of this.around(place)) {
      for (const each of this.cells.get(cell) ?? []) {
        if (place.left < each.right && each.left < place.right
          && place.top < each.bottom && each.top < place.bottom) return false;
      }
    }
    return true;
  }
}

/** Which way a node leans from what it is linked to: its label has most room there. */
function leaning(id) {
  if (leans.has(id)) return leans.get(id);
  const { x, y } = network.body.nodes[id];
  const sum = { x: 0, y: 0.1 };
  for (const near of network.getConnectedNodes(id)) {
    const place = network.body.nodes[near];
    const far = Math.hypot(x - place.x, y - place.y) || 1;
    sum.x += (x - place.x) / far;
    sum.y += (y - place.y) / far;
  }
  leans.set(id, sum);
  return sum;
}

const inside = ({ left, top, right, bottom }) =>
  left > 2 && right < screen.width - 2 && top > 2 && bottom < screen.height - 2;

/** Where a label may go: the first free of the four sides, the one it leans to first; if it
 *  `must` be written, even where it lies on something. */
function room({ x, y, radius, id }, label, taken, must) {
  const gap = radius + 3;
  const lean = leaning(id);
  const tries = [
    [lean.y, x - label.width / 2, y + gap],
    [-lean.y, x - label.width / 2, y - gap - label.height],
    [lean.x, x + gap, y - label.height / 2],
    [-lean.x, x - gap - label.width, y - label.height / 2],
  ].sort(([one], [other]) => other - one);
  for (const [, left, top] of tries) {
    const place = { left, top, right: left + label.width, bottom: top + label.height };
    if (inside(place) && (must || taken.free(place))) return place;
  }
  return null;
}

function write(context, { lines, left, right, top, bold, soft }) {
  context.font = `${bold ? 600 : 400} ${soft ? FONT - 1 : FONT}px ${face}`;
  context.fillStyle = soft ? colours.soft : colours.ink;
  lines.forEach((line, index) => {
    const y = top + index * LINE + LINE / 2;
    context.strokeText(line, (left + right) / 2, y);
    context.fillText(line, (left + right) / 2, y);
  });
}

/** Names of nodes, the important first; if something is stressed, of that alone. */
function nameNodes(context, scale, taken) {
  const seen = [];
  for (const node of drawn.nodes) {
    if (stress && !stress.nodes.has(node.id) && node.id !== hovered) continue;
    const { x, y } = spot(node.id);
    if (x < -20 || y < -20 || x > screen.width + 20 || y > screen.height + 20) continue;
    const radius = node.size * scale;
    seen.push({ id: node.id, node, x, y, radius });
    if (radius > 2.5) taken.add({ left: x - radius, right: x + radius, top: y - radius, bottom: y + radius });
  }
  const first = ({ id }) => (id === state.selected || id === hovered ? 0 : 1);
  const order = [...seen.filter((each) => !first(each)), ...seen.filter(first)];
  let tried = 0;
  for (const each of order) {
    if (labels.length >= screen.most || ++tried > 4 * screen.most) break;
    // Where a name finds no room, it may as a narrow one; what is selected has its name anyway.
    for (const [most, must] of [[132], [84], ...(first(each) ? [] : [[132, true]])]) {
      const label = lay(context, name(each.node), most);
      const place = most === 132 || label.whole ? room(each, label, taken, must) : null;
      if (!place) continue;
      taken.add(place);
      labels.push({ ...place, lines: label.lines, bold: !first(each), soft: false });
      break;
    }
  }
}

/** Whether a line from one point to another runs through a place (Liang and Barsky). */
function crosses({ left, top, right, bottom }, one, two) {
  const [dx, dy] = [two.x - one.x, two.y - one.y];
  let [from, to] = [0, 1];
  const cut = [[-dx, one.x - left], [dx, right - one.x], [-dy, one.y - top], [dy, bottom - one.y]];
  for (const [step, room] of cut) {
    if (step === 0 && room < 0) return false;
    if (step < 0) from = Math.max(from, room / step);
    else if (step > 0) to = Math.min(to, room / step);
  }
  return from <= to;
}

/** What a line says: where no other line runs through the words, or of what is stressed, where
 *  there is room. */
function nameLines(context, taken) {
  if (drawn.edges.length > SOME_LINES && !stress) return;
  context.font = `400 ${FONT - 1}px ${face}`;
  const lines = drawn.edges.filter((claim) => !stress || stress.edges.has(claim.id)).map((claim) => {
    return { claim, one: spot(claim.subject), two: spot(claim.object) };
  });
  for (const { claim, one, two } of lines) {
    const drawing = network.body.edges[claim.id]?.edgeType;
    const label = lay(context, term(claim.relation), 150);
    const far = Math.hypot(one.x - two.x, one.y - two.y);
    if (!drawing || label.lines.length > 1 || far < label.width + 40) continue;
    for (const along of [0.5, 0.4, 0.6]) {
      const { x, y } = network.canvasToDOM(drawing.getPoint(along));
      const place = {
        left: x - label.width / 2, right: x + label.width / 2, top: y - LINE / 2, bottom: y + LINE / 2,
      };
      if (!inside(place) || !taken.free(place)) continue;
      const through = (line) => line.claim !== claim && crosses(place, line.one, line.two);
      if (!stress && lines.some(through)) continue;
      taken.add(place);
      labels.push({ ...place, lines: label.lines, bold: false, soft: true });
      break;
    }
  }
}

/** Lay a veil over all and draw what is stressed once more above it: quick with many. */
function veil(context) {
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.globalAlpha = 0.82;
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, context.canvas.width, context.canvas.height);
  context.restore();
  for (const id of stress.edges) network.body.edges[id]?.draw(context);
  for (const id of stress.nodes) network.body.nodes[id]?.draw(context);
}

network.on("afterDrawing", (context) => {
  if (stress) veil(context);
  const ratio = context.canvas.width / box.clientWidth;
  context.save();
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.font = `600 ${FONT}px ${face}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = colours.paper;
  labels = [];
  const [width, height] = [box.clientWidth, box.clientHeight];
  screen = { width, height, most: Math.max(40, (width * height) / ROOM) };
  const taken = new Taken();
  for (const { offsetLeft: left, offsetTop: top, offsetWidth, offsetHeight } of [$("zoom"), $("status")]) {
    taken.add({ left, top, right: left + offsetWidth, bottom: top + offsetHeight });
  }
  nameNodes(context, network.getScale(), taken);
  nameLines(context, taken);
  for (const label of labels) write(context, label);
  context.restore();
});

/** What the canvas shows now, in CSS pixels, for the exports to draw again. */
function scene() {
  const scale = network.getScale();
  const near = ({ x, y }) => x > -50 && y > -50 && x < screen.width + 50 && y < screen.height + 50;
  const arrow = drawn.edges.length <= MANY;
  return {
    width: screen.width, height: screen.height,
    nodes: drawn.nodes.map((node) => ({
      id: node.id, ...spot(node.id), radius: node.size * scale, outline: node.family.outline,
      colour: fill(node), border: node.id === state.selected ? colours.ink : colours.paper,
      faded: Boolean(stress && !stress.nodes.has(node.id)),
    })).filter(near),
    edges: drawn.edges.map((claim) => {
      const [from, to] = [spot(claim.subject), spot(claim.object)];
      const far = Math.hypot(from.x - to.x, from.y - to.y);
      return {
        id: claim.id, from, to, colour: colours[lineOf(claim)], dashes: DASHES[lineOf(claim)],
        width: 1.6 * Math.min(1, Math.max(scale, 0.5)), arrow, bend: claim.bend * far,
        faded: Boolean(stress && !stress.edges.has(claim.id)),
      };
    }).filter(({ from, to }) => near(from) || near(to)),
    labels,
  };
}
