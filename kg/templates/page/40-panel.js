// The panel: what is known of a node, a claim or a way, and the article with the passage.

const panel = $("panel");

function pairs(list) {
  const shown = list.filter(([, value]) => value);
  if (!shown.length) return null;
  return make("dl", "", ...shown.flatMap(([word, value]) =>
    [make("dt", "", word), make("dd", "", typeof value === "string" ? make("bdi", "", value) : value)]));
}

const whereIn = ({ record, start, end }) => record ?? t("characters", { start: String(start), end: String(end) });

function place(found, claim) {
  const { source, quote } = found;
  const parts = [link(source ? say(source.title) : "", source?.url)];
  for (const part of [source?.date, whereIn(found)]) if (part) parts.push(" · ", make("bdi", "", part));
  if (quote && source.text && state.selected !== claim.id) {
    const anchor = jump(t("in_article"), claim.id);
    parts.push(" · ", anchor);
  }
  const said = quote ? make("q", "", quote) : null;
  if (said && source.lang) said.lang = source.lang;
  return make("p", "place", ...parts, said);
}

function ends(claim) {
  return [jump(name(graph.nodes.get(claim.subject)), claim.subject), claim.object === null
    ? link(say(claim.value), claim.address) : jump(say(claim.value), claim.object)];
}

function statement(claim) {
  const [subject, object] = ends(claim);
  return make("p", "statement", subject, " ", jump(term(claim.relation), claim.id), " ", object);
}

function marks(claim) {
  const rank = claim.rank === "normal" ? []
    : [" ", make("span", `status ${claim.rank}`, `${t("rank")}: ${term(claim.rank)}`)];
  return make("p", "marks", make("span", `status ${claim.status}`, term(claim.status)), ...rank);
}

/** One claim with all that is known of it. */
function card(claim) {
  const premises = claim.premises.map((id) =>
    (graph.claims.has(id) ? statement(graph.claims.get(id)) : make("p", "statement", make("bdi", "", id))));
  return make("article", claim.id === state.selected ? "claim selected" : "claim",
    statement(claim),
    marks(claim),
    pairs(claim.qualifiers.map(([local, value]) => [term(local), say(value)])),
    say(claim.gloss) ? make("p", "gloss", make("bdi", "", say(claim.gloss))) : null,
    say(claim.note) ? make("p", "note", make("bdi", "", say(claim.note))) : null,
    ...claim.evidence.map((each) => place(each, claim)),
    premises.length ? make("section", "", make("h4", "", t("rests_on")), ...premises) : null,
    claim.rule ? make("p", "note", `${t("rule")}: `, make("bdi", "", claim.rule)) : null);
}

function button(word, act) {
  const made = make("button", "", t(word));
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

const SOME = 40; // cards at first: a hub has thousands
function cards(title, claims) {
  if (!claims.length) return [];
  const list = make("div", "", ...claims.slice(0, SOME).map(card));
  const rest = claims.slice(SOME);
  if (rest.length) {
    const more = button("show_all", () => {
      more.replaceWith(...rest.map(card));
      list.children[SOME].querySelector("a").focus(); // the button that had it is gone
    });
    more.textContent = t("show_all", { n: claims.length });
    list.append(more);
  }
  return [make("h3", "", title), list];
}

function aboutNode(node) {
  const passes = filters(state);
  const { id } = node;
  const also = [...new Set([...Object.values(node.names), ...node.also])]
    .filter((each) => each !== name(node)).flatMap((each) => [" · ", make("bdi", "", each)]).slice(1);
  return [
    make("h2", "", make("bdi", "", name(node))),
    make("p", "kind", term(node.cls || "Entity")),
    pairs([[t("also"), also.length ? make("span", "", ...also) : ""], [t("address"), node.iri]]),
    say(node.note) ? make("p", "note", make("bdi", "", say(node.note))) : null,
    make("p", "acts",
      button("neighbours", () => change({ focus: id, hops: state.hops || 1 })),
      button("path_from_here", () => change({ start: id, ...(state.end && { selected: null }) })),
      button("path_to_here", () => change({ end: id, ...(state.start && { selected: null }) }))),
    ...cards(t("facts"), node.facts.filter(passes.claim)),
    ...cards(t("links"), node.edges.filter(passes.claim)),
  ];
}

function aboutWay(steps) {
  const { start, end } = state;
  const clear = make("p", "acts", button("path_clear", () => change({ start: null, end: null })));
  const title = make("h2", "", t("path"));
  if (!steps.length) return [title, make("p", "", t(start === end ? "path_same" : "path_none")), clear];
  const said = steps.length === 1 ? t("path_one") : t("path_found", { n: steps.length });
  return [title, make("p", "kind", said), clear,
    make("ol", "way", ...steps.map((claim) => make("li", "", card(claim))))];
}

/** Where to begin: the best connected of what is shown. */
function welcome() {
  if (!visible().nodes.length) {
    return [make("h2", "", t("nothing")), make("p", "hint", t("nothing_hint")),
      make("p", "acts", button("reset", reset))];
  }
  const first = [...visible().nodes].sort((a, b) => a.rank - b.rank).slice(0, 10).map((node) =>
    make("li", "", icon(node.family), jump(name(node), node.id), " ",
      make("span", "soft", term(node.cls || "Entity"))));
  return [make("h2", "", t("details")), make("p", "hint", t("help")),
    make("h3", "", t("main_entities")), make("ul", "first", ...first)];
}

function showPanel() {
  const { selected, start, end } = state;
  const node = graph.nodes.get(selected);
  const claim = graph.claims.get(selected);
  const parts = node ? aboutNode(node) : claim ? [make("h2", "away", t("details")), card(claim)]
    : start && end ? aboutWay(visible().steps) : welcome();
  const held = panel.contains(document.activeElement); // what has the focus goes: it stays near
  panel.replaceChildren(...parts.filter(Boolean));
  if (held) panel.focus({ preventScroll: true });
  panel.scrollTop = 0;
  showArticle(claim ? [claim] : node ? [...node.facts, ...node.edges] : []);
}

// -- the article -----------------------------------------------------------------

/** Spans of one source, sorted, those that touch as one. */
function spansIn(source, claims) {
  const spans = claims.flatMap(({ evidence }) => evidence)
    .filter((each) => each.source === source && each.quote).map(({ start, end }) => [start, end])
    .sort(([one], [other]) => one - other);
  const joined = [];
  for (const [start, end] of spans) {
    const last = joined.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else joined.push([start, end]);
  }
  return joined;
}

function showArticle(claims) {
  const pane = $("article");
  const cited = sources.filter((source) => source.text !== null && spansIn(source, claims).length);
  pane.hidden = !cited.length;
  pane.replaceChildren(...cited.flatMap((source) => {
    const title = make("h2", "", link(say(source.title), source.url));
    const text = make("p", "text");
    if (source.lang) text.lang = source.lang;
    let from = 0;
    for (const [start, end] of spansIn(source, claims)) {
      text.append(passage(source, from, start), make("mark", "", passage(source, start, end)));
      from = end;
    }
    text.append(passage(source, from));
    return [title, make("p", "note", t("own_copy")), text];
  }));
  const mark = pane.querySelector("mark");
  if (mark) pane.scrollTop += mark.getBoundingClientRect().top - pane.getBoundingClientRect().top - 60;
}
