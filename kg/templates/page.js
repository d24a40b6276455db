// The picture and the panel beside it.  Values reach the page as text only
// (textContent, canvas text), so nothing in the graph can become markup.
"use strict";
(() => {
  const { picture, entities, claims, words } =
    JSON.parse(document.getElementById("graph").textContent);
  const box = document.getElementById("picture");
  const panel = document.getElementById("panel");
  document.getElementById("zoom").hidden = false; // first, as it takes room from the picture
  if (box.clientHeight > box.clientWidth) { // a phone held upright: turn the picture
    for (const node of picture.nodes) [node.x, node.y] = [node.y, -node.x];
  }
  const nodes = new vis.DataSet(picture.nodes);
  const edges = new vis.DataSet(picture.edges);
  const network = new vis.Network(box, { nodes, edges }, picture.options);

  // -- labels: our own, so that they keep their size and never overlap --------

  const FONT = 12; // CSS pixels, whatever the zoom
  const LINE = 14;
  const face = getComputedStyle(document.body).fontFamily;
  const laid = new Map(); // width and text -> lines, measured once
  let hovered = null;

  /** Break a name into at most two lines of about `most` pixels. */
  function lay(context, text, most) {
    const key = `${most} ${text}`;
    if (laid.has(key)) return laid.get(key);
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
    laid.set(key, { lines: kept, whole, width, height: LINE * kept.length });
    return laid.get(key);
  }

  function overlap(a, b) {
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  }

  /** Which way a node leans from what it is linked to: its label has most room there. */
  function leaning(id) {
    const { x, y } = network.getPosition(id);
    const around = network.getConnectedNodes(id).map((other) => network.getPosition(other));
    const sum = { x: 0, y: 0.1 };
    for (const other of around) {
      const far = Math.hypot(x - other.x, y - other.y) || 1;
      sum.x += (x - other.x) / far;
      sum.y += (y - other.y) / far;
    }
    return sum;
  }

  /** Where a label may go: the first free of the four sides, the one it leans to first. */
  function room({ x, y, radius, lean }, label, taken) {
    const gap = radius + 3;
    const tries = [
      [lean.y, x - label.width / 2, y + gap],
      [-lean.y, x - label.width / 2, y - gap - label.height],
      [lean.x, x + gap, y - label.height / 2],
      [-lean.x, x - gap - label.width, y - label.height / 2],
    ].sort(([one], [other]) => other - one);
    for (const [, left, top] of tries) {
      const place = { left, top, right: left + label.width, bottom: top + label.height };
      const inside = left > 2 && place.right < box.clientWidth - 2 && top > 2
        && place.bottom < box.clientHeight - 2;
      if (inside && !taken.some((other) => overlap(place, other))) return place;
    }
    return null;
  }

  function write(context, lines, place, bold) {
    context.font = `${bold ? 600 : 400} ${FONT}px ${face}`;
    const middle = (place.left + place.right) / 2;
    lines.forEach((line, index) => {
      const y = place.top + index * LINE + LINE / 2;
      context.strokeText(line, middle, y);
      context.fillText(line, middle, y);
    });
  }

  network.on("afterDrawing", (context) => {
    const scale = network.getScale();
    const ratio = window.devicePixelRatio || 1;
    context.save();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = `600 ${FONT}px ${face}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 4;
    context.strokeStyle = "#fdfdfb";
    context.fillStyle = "#1c2228";

    const selected = network.getSelectedNodes();
    const lines = network.getSelectedEdges();
    const near = new Set([...selected, ...lines].flatMap((id) => network.getConnectedNodes(id)));
    const first = (id) => (selected.includes(id) || id === hovered ? 2 : near.has(id) ? 1 : 0);
    // picture.nodes comes with the best connected first; sorting is stable.
    const order = picture.nodes.map((node) => node.id).sort((a, b) => first(b) - first(a));
    const spots = new Map(order.map((id) => {
      const point = network.canvasToDOM(network.getPosition(id));
      return [id, { ...point, radius: nodes.get(id).size * scale, lean: leaning(id) }];
    }));
    const taken = [...spots.values()].map(({ x, y, radius }) => ({
      left: x - radius, right: x + radius, top: y - radius, bottom: y + radius,
    }));
    for (const id of order) {
      for (const most of [132, 84]) { // where the name finds no room, it may as a narrow one
        const label = lay(context, entities[id].name, most);
        const place = most === 132 || label.whole ? room(spots.get(id), label, taken) : null;
        if (!place) continue;
        taken.push(place);
        write(context, label.lines, place, first(id) === 2);
        break;
      }
    }
    context.restore();
  });
  network.on("hoverNode", ({ node }) => { hovered = node; network.redraw(); });
  network.on("blurNode", () => { hovered = null; network.redraw(); });

  // -- panel ------------------------------------------------------------------

  /** An element with children; a string is text, never markup. */
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

  function pairs(list) {
    const shown = list.filter(([, value]) => value);
    if (!shown.length) return null;
    const children = shown.flatMap(([name, value]) =>
      [make("dt", "", name), make("dd", "", make("bdi", "", value))]);
    return make("dl", "", ...children);
  }

  function place(evidence) {
    const parts = [link(evidence.title, evidence.address)];
    for (const part of [evidence.date, evidence.place]) if (part) parts.push(` · ${part}`);
    const quote = evidence.quote ? make("q", "", evidence.quote) : null;
    return make("p", "place", ...parts, quote);
  }

  function statement(claim) {
    const ends = (name) => make("bdi", "end", name);
    return make("p", "statement", ends(claim.subject), ` ${claim.relation} `,
      claim.address ? link(claim.object, claim.address) : ends(claim.object));
  }

  function card(claim) {
    const premises = claim.premises.map((id) =>
      claims[id] ? statement(claims[id]) : make("p", "statement", id));
    return make("article", "claim",
      statement(claim),
      make("p", "marks", make("span", `status ${claim.status}`, claim.status_name),
        claim.rank ? make("span", "status", `${words.rank}: ${claim.rank}`) : null),
      pairs(claim.qualifiers),
      claim.gloss ? make("p", "gloss", make("bdi", "", claim.gloss)) : null,
      claim.note ? make("p", "note", make("bdi", "", claim.note)) : null,
      ...claim.evidence.map(place),
      premises.length ? make("section", "", make("h4", "", words.rests_on), ...premises) : null,
      claim.rule ? make("p", "note", `${words.rule}: ${claim.rule}`) : null);
  }

  function show(...children) {
    panel.replaceChildren(...children.filter(Boolean));
    panel.scrollTop = 0;
  }

  function showEntity(id) {
    const entity = entities[id];
    show(make("h3", "", make("bdi", "", entity.name)),
      make("p", "kind", entity.kind),
      pairs([[words.also, entity.also.join(" · ")], [words.address, entity.iri]]),
      entity.note ? make("p", "note", make("bdi", "", entity.note)) : null,
      make("h4", "", words.facts),
      ...entity.claims.map((each) => card(claims[each])));
  }

  const welcome = [...panel.childNodes];
  network.on("select", ({ nodes: [node], edges: [edge] }) => {
    if (node !== undefined) showEntity(node);
    else if (edge !== undefined) show(card(claims[edge]));
    else show(...welcome);
  });

  // -- buttons ----------------------------------------------------------------

  /** Everything in view, with room for the labels at the rim. */
  function fit() {
    network.fit({ animation: false });
    network.moveTo({ scale: network.getScale() * 0.92 });
  }
  const zoom = (factor) => network.moveTo({ scale: network.getScale() * factor });
  const actions = { in: () => zoom(1.3), out: () => zoom(1 / 1.3), fit };
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", actions[button.dataset.zoom]);
  }
  fit();
})();
