// Taking what is shown elsewhere: as a picture (PNG, SVG), a table (CSV), data (JSON).
//
// The policy of the page lets no image in, not even one made here, so an SVG cannot be
// rasterised: both pictures are painted from the same list of strokes and words.

/** Text in lines of at most `most` pixels; a word that is longer is broken where it must be. */
function broken(context, text, most) {
  const wide = (words) => context.measureText(words.trimEnd()).width > most;
  const lines = [""];
  for (const word of text.match(/\S+\s*|\s+/g) || []) {
    for (const part of wide(word) ? word : [word]) {
      if (lines.at(-1) && wide(lines.at(-1) + part)) lines.push(part);
      else lines[lines.length - 1] += part;
    }
  }
  return lines.map((line) => line.trimEnd());
}

{
  const MARGIN = 28;
  const SOFT = 0.8; // opacity of words that are not the main thing
  const NAMED = 12; // sources named under a picture; the rest are counted
  const SHARP = 2; // pixels of a PNG file to one of the page
  const LARGEST = 8000; // pixels: beyond that some browsers make an empty picture

  /** Save text or a picture under the title's name. */
  function save(blob, suffix) {
    const anchor = make("a", "");
    anchor.href = URL.createObjectURL(blob);
    anchor.download = `${fileName()}.${suffix}`;
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(anchor.href), 60_000); // the download has begun by then
  }

  function heading() {
    return document.querySelector("h1").textContent.trim();
  }

  /** The title as a name that every file system takes. */
  function fileName() {
    const safe = heading()
      .replace(/[\p{C}\p{Z}\\/:*?"<>|]+/gu, "-")
      .replace(/^[-.]+|[-.]+$/g, "");
    return [...safe].slice(0, 60).join("") || "graph";
  }

  // -- CSV --------------------------------------------------------------------------

  const columns = {
    claim: (claim) => claim.id,
    subject_id: (claim) => claim.subject,
    subject: written.subject,
    relation_id: (claim) => claim.relation,
    relation: written.relation,
    object_id: (claim) => claim.object ?? "",
    object: written.object,
    status: (claim) => claim.status,
    rank: (claim) => claim.rank,
    qualifiers: written.qualifiers,
    gloss: written.gloss,
    where: written.where,
    premises: (claim) => claim.premises.join(" "),
  };

  /** A field by RFC 4180.  What a spreadsheet would take for a formula becomes text by an
      apostrophe; wide forms count, as a Korean or Japanese spreadsheet reads them, too. */
  function field(text) {
    const safe = /^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  function csv() {
    const { edges, facts } = visible();
    const rows = [...edges, ...facts].map((claim) =>
      Object.values(columns).map((column) => field(column(claim))));
    const lines = [Object.keys(columns), ...rows].map((cells) => `${cells.join(",")}\r\n`);
    // The mark at the start tells a spreadsheet that this is UTF-8.
    return new Blob(["\ufeff", ...lines], { type: "text/csv;charset=utf-8" });
  }

  // -- JSON -------------------------------------------------------------------------

  function record(claim) {
    const { iri, subject, relation, object, value, status, rank, gloss, note, rule } = claim;
    const end = object === null ? { value } : { object };
    const evidence = claim.evidence.map(({ source, ...place }) =>
      ({ source: source?.id ?? null, ...place }));
    return {
      claim: iri, subject, relation, ...end, status, rank,
      qualifiers: Object.fromEntries(claim.qualifiers),
      gloss, note, evidence, premises: claim.premises.map(claimIri), rule,
    };
  }

  function claimIri(id) {
    return graph.claims.get(id)?.iri ?? id;
  }

  function json() {
    const { nodes, edges, facts } = visible();
    const cited = citedBy([...edges, ...facts]);
    const all = {
      title: heading(),
      nodes: nodes.map(({ id, iri, cls, names, also, note }) =>
        ({ id, iri, class: cls, names, also, note })),
      edges: edges.map(record),
      facts: facts.map(record),
      sources: cited.map(({ id, iri, title, url, date }) => ({ id, iri, title, url, date })),
    };
    return new Blob([`${JSON.stringify(all, null, 1)}\n`], { type: "application/json" });
  }

  /** The sources of what is shown, in their own order. */
  function citedBy(claims) {
    const ids = new Set(claims.flatMap((claim) => claim.sources));
    return graph.sources.filter(({ id }) => ids.has(id));
  }

  // -- the picture as strokes and words -----------------------------------------
  // A stroke is {d, fill, stroke, width, dashes, at, opacity}, words are {text, x, y, size, ...}.

  const pen = document.createElement("canvas").getContext("2d");

  function font(size, weight = 400) {
    return `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
  }

  /** A name within a line of words, which it cannot turn around: between isolates. */
  function isolated(name) {
    return /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/.test(name)
      ? `\u2068${name}\u2069` : name;
  }

  /** What is said below the picture, as on the page, where names are isolated by elements. */
  function counts() {
    return [...$("status").childNodes].map(({ nodeName, textContent }) =>
      (nodeName === "BDI" ? isolated(textContent) : textContent)).join("");
  }

  /** Lines of text one under the other; `y` is where the first begins. */
  function paragraph(text, x, y, size, width, look = {}) {
    const step = Math.round(size * 1.45);
    pen.font = font(size, look.weight);
    const lines = broken(pen, text, width).map((line, index) =>
      ({ text: line, x, y: y + index * step + size, size, ...look }));
    return { items: lines, bottom: y + lines.length * step };
  }

  /** A line from one shape to the rim of another; bent as vis-network bends it. */
  function line({ from, to, colour, dashes, width, arrow, bend }, rim) {
    if (from.x === to.x && from.y === to.y) return [loop(from, rim, { stroke: colour, width, dashes })];
    const far = Math.hypot(to.x - from.x, to.y - from.y) || 1;
    const turn = (bend / far) * (Math.PI / 2);
    const reach = Math.abs(bend) / 2 + far / 2;
    const ahead = { x: (to.x - from.x) / far, y: (to.y - from.y) / far };
    const via = {
      x: from.x + reach * (ahead.x * Math.cos(turn) + ahead.y * Math.sin(turn)),
      y: from.y + reach * (ahead.y * Math.cos(turn) - ahead.x * Math.sin(turn)),
    };
    const last = Math.hypot(to.x - via.x, to.y - via.y) || 1;
    const way = { x: (to.x - via.x) / last, y: (to.y - via.y) / last };
    const head = arrow ? 6 + width : 0;
    const back = (by, side = 0) => pair({
      x: to.x - way.x * by + side * way.y, y: to.y - way.y * by - side * way.x,
    });
    const stroke = {
      d: `M${pair(from)}${bend ? `Q${pair(via)} ` : "L"}${back(rim + head)}`,
      stroke: colour, width, dashes,
    };
    if (!arrow) return [stroke];
    const wings = [1, -1].map((side) => back(rim + head, side * head * 0.4));
    return [stroke, { d: `M${back(rim)}L${wings.join("L")}Z`, fill: colour }];
  }

  /** A circle at the upper right of a shape, from it to itself, as vis-network draws it. */
  function loop({ x, y }, rim, look) {
    const radius = 20 * network.getScale();
    const aside = rim * Math.SQRT1_2;
    const half = (way) => `a${pair({ x: radius, y: radius })} 0 0 1 ${pair({ x: way * 2 * radius, y: 0 })}`;
    return { d: `M${pair({ x: x + aside - radius, y: y - aside })}${half(1)}${half(-1)}`, ...look };
  }

  function pair({ x, y }) {
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  }

  /** Title, picture, legend, credit: the whole as strokes and words, and its size. */
  function figure() {
    const { width: across, height: down, nodes, edges, labels } = scene();
    const width = Math.max(across, 480) + 2 * MARGIN;
    const inner = width - 2 * MARGIN;
    const { color: ink, backgroundColor: paper } = getComputedStyle(document.body);
    const soft = { fill: ink, opacity: SOFT };
    const title = paragraph(heading(), MARGIN, MARGIN, 20, inner, { fill: ink, weight: 650 });
    const said = paragraph(counts(), MARGIN, title.bottom + 2, 13, inner, soft);
    const top = said.bottom + 12;
    const key = keyed(MARGIN, top + down + 14, inner, ink);
    const credit = paragraph(credits(), MARGIN, key.bottom + 8, 12, inner, soft);
    const rims = new Map(nodes.map(({ id, radius }) => [id, radius]));
    const rimOf = (edge) => rims.get(graph.claims.get(edge.id).object) ?? 0;
    const strokes = (faded) => [
      ...edges.filter((each) => each.faded === faded).flatMap((each) => line(each, rimOf(each))),
      ...nodes.filter((each) => each.faded === faded).map(mark),
    ];
    const faded = strokes(true);
    const veil = { d: `M0 0H${across}V${down}H0Z`, fill: paper, opacity: 0.82 };
    const within = [
      ...faded, ...(faded.length ? [veil] : []), ...strokes(false),
      ...labels.flatMap((label) => name(label, ink, paper)),
    ];
    return {
      width, height: Math.ceil(credit.bottom + MARGIN), paper,
      picture: { left: MARGIN, top, width: across, height: down, items: within },
      items: [...title.items, ...said.items, ...key.items, ...credit.items],
    };
  }

  function mark({ x, y, radius, outline, colour, border }) {
    return { d: outline, at: { x, y, scale: radius / 8 }, fill: colour, stroke: border, width: 1.5 };
  }

  /** A label as it is on the page: a halo keeps it legible on lines. */
  function name({ lines, left, right, top, bold, soft }, ink, paper) {
    return lines.map((text, index) => ({
      text, x: (left + right) / 2, y: top + 11 + index * 14, middle: true, size: soft ? 11 : 12,
      fill: ink, opacity: soft ? SOFT : 1, halo: paper, weight: bold ? 600 : 400,
    }));
  }

  /** The legend as a run of marks and words, broken into rows. */
  function keyed(left, top, width, ink) {
    const items = [];
    let [x, y] = [left, top];
    pen.font = font(13);
    for (const { name, count, outline, colour, dashes } of legend()) {
      const text = `${isolated(name)} ${count.toLocaleString(state.lang)}`;
      const room = (outline ? 22 : 38) + pen.measureText(text).width + 22;
      if (x > left && x + room > left + width) [x, y] = [left, y + 22];
      items.push(outline
        ? { d: outline, at: { x: x + 8, y: y + 8, scale: 0.8 }, fill: colour }
        : { d: `M${x} ${y + 8}h30`, stroke: colour, width: 2, dashes });
      items.push({ text, x: x + (outline ? 22 : 38), y: y + 13, size: 13, fill: ink });
      x += room;
    }
    return { items, bottom: y + 22 };
  }

  function credits() {
    const { edges, facts } = visible();
    const cited = citedBy([...edges, ...facts]).map(({ title, date, url, known }) => {
      const by = Object.fromEntries(known.map(([word, number]) => [word, say(text(number))]));
      const all = [say(title), by.publisher, by.credit, date, by.licence, url];
      return all.filter(Boolean).map(isolated).join(", ");
    });
    const named = cited.slice(0, NAMED).join("; ");
    const rest = cited.length - NAMED;
    return `${t("sources")}: ${named}${rest > 0 ? ` ${t("and_more", { n: rest })}` : ""}`;
  }

  // -- as SVG -------------------------------------------------------------------

  const SVG = "http://www.w3.org/2000/svg";

  function shape(tag, attributes, ...children) {
    const made = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== "") made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  }

  function element(item) {
    if (item.text !== undefined) {
      const { x, y, size, weight, fill, opacity, halo } = item;
      return shape("text", {
        x: x.toFixed(1), y: y.toFixed(1), "font-size": size, "font-weight": weight, fill, opacity,
        "text-anchor": item.middle ? "middle" : undefined,
        stroke: halo, "stroke-width": halo && 4, "stroke-linejoin": halo && "round",
        "paint-order": halo && "stroke",
      }, legible(item.text));
    }
    const { d, at, fill, stroke, width, dashes, opacity } = item;
    return shape("path", {
      d, fill: fill || "none", stroke, opacity,
      "stroke-width": width, "stroke-dasharray": dashes?.join(" "),
      "vector-effect": at && "non-scaling-stroke",
      transform: at && `translate(${pair(at)}) scale(${at.scale.toFixed(3)})`,
    });
  }

  /** Text that XML can hold: it has no form for most control characters. */
  function legible(text) {
    return text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd");
  }

  function svg() {
    const { width, height, paper, picture, items } = figure();
    const { left, top } = picture;
    const root = shape("svg", {
      width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
      "font-family": getComputedStyle(document.body).fontFamily, lang: state.lang,
    },
    shape("title", {}, legible(heading())),
    shape("desc", {}, legible(credits())),
    shape("rect", { width, height, fill: paper }),
    // A picture of its own within the whole: what reaches over its rim is cut off.
    shape("svg", { x: left, y: top, width: picture.width, height: picture.height },
      ...picture.items.map(element)),
    ...items.map(element));
    const text = new XMLSerializer().serializeToString(root);
    return new Blob([`<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`], { type: "image/svg+xml" });
  }

  // -- as PNG -------------------------------------------------------------------

  function paint(context, item) {
    const { text, d, at, fill, stroke, width, dashes } = item;
    context.save();
    context.globalAlpha = item.opacity ?? 1;
    context.lineJoin = "round";
    if (text !== undefined) {
      context.font = font(item.size, item.weight);
      context.textAlign = item.middle ? "center" : "left";
      context.lineWidth = 4;
      context.strokeStyle = item.halo || "transparent";
      context.fillStyle = fill;
      if (item.halo) context.strokeText(text, item.x, item.y);
      context.fillText(text, item.x, item.y);
    } else {
      if (at) {
        context.translate(at.x, at.y);
        context.scale(at.scale, at.scale);
      }
      const path = new Path2D(d);
      if (fill) context.fillStyle = fill;
      if (fill) context.fill(path);
      if (stroke) context.strokeStyle = stroke;
      context.lineWidth = (width || 0) / (at ? at.scale : 1);
      context.setLineDash(dashes || []);
      if (stroke) context.stroke(path);
    }
    context.restore();
  }

  /** Resolves to the file; a picture too large for the browser is drawn less sharp. */
  function png() {
    const { width, height, paper, picture, items } = figure();
    const sharp = Math.min(SHARP, LARGEST / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * sharp);
    canvas.height = Math.round(height * sharp);
    const context = canvas.getContext("2d");
    context.scale(sharp, sharp);
    context.fillStyle = paper;
    context.fillRect(0, 0, width, height);
    for (const item of items) paint(context, item);
    context.beginPath();
    context.rect(picture.left, picture.top, picture.width, picture.height);
    context.clip();
    context.translate(picture.left, picture.top);
    for (const item of picture.items) paint(context, item);
    return new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
  }

  // -- buttons ------------------------------------------------------------------

  for (const [suffix, content] of Object.entries({ png, svg, csv, json })) {
    $(`export-${suffix}`).addEventListener("click", async () => save(await content(), suffix));
  }
}
