// The table: what passes the filters in words, for screen readers and for those who prefer
// reading.  It comes in pages, and every column sorts.

/** What each column says of a claim, as plain text; the table and the CSV file share it. */
const written = {
  subject: (claim) => name(graph.nodes.get(claim.subject)),
  relation: (claim) => term(claim.relation),
  object: (claim) => say(claim.value),
  status: (claim) => term(claim.status),
  qualifiers: (claim) =>
    claim.qualifiers.map(([local, value]) => `${term(local)}: ${say(value)}`).join("; "),
  gloss: (claim) => say(claim.gloss),
  where: (claim) => claim.evidence.map((each) => standing(each).join(" · ")).join("; "),
};

/** Where an evidence stands: the source's title, its date, and the place in it. */
function standing(found) {
  const { source } = found;
  return [source ? say(source.title) : "", source?.date, whereIn(found)].filter(Boolean);
}

/** The same as pieces of a paragraph: the title leads to the source. */
function reference(found) {
  const [title, ...rest] = standing(found);
  return [link(title, found.source?.url), ...rest.flatMap((part) => [" · ", make("bdi", "", part)])];
}

{
  const ROWS = 100; // a page of the table; more would make every change slow
  const PRINTED = 1000; // on paper nobody can turn the page
  const table = $("table");
  const caption = make("caption", "");
  const body = make("tbody", "");
  const heads = new Map(Object.keys(written).map((column) => [column, head(column)]));
  const turn = { "-1": turner(-1), 1: turner(1) };
  const place = make("span", "");
  const pages = make("nav", "", turn[-1], place, turn[1]);
  pages.id = "pages";
  table.replaceChildren(caption, make("thead", "", make("tr", "", ...heads.values())), body);
  (table.closest(".wide") || table).after(pages);

  function head(column) {
    const button = make("button", "");
    button.type = "button";
    button.addEventListener("click", () => {
      change({ sort: state.sort === column ? `-${column}` : column, page: 0 });
    });
    const cell = make("th", "", button);
    cell.scope = "col";
    return cell;
  }

  function turner(step) {
    const button = make("button", "");
    button.type = "button";
    button.addEventListener("click", () => {
      change({ page: page + step });
      // A button that is off loses the focus: it goes to where the reading goes on.
      if (button.disabled) turn[-step].focus();
      table.scrollIntoView({ block: "start" });
    });
    return button;
  }

  // -- order --------------------------------------------------------------------

  const orders = new Map(); // column and language -> place of a claim, the same for the same text

  function order(column) {
    const key = `${column} ${state.lang}`;
    if (!orders.has(key)) {
      const { compare } = new Intl.Collator(state.lang, { numeric: true });
      const texts = new Map([...graph.claims.values()].map((each) => [each, written[column](each)]));
      // Collation is slow: each text is placed once, then numbers are compared.
      const sorted = [...new Set(texts.values())].filter(Boolean).sort(compare);
      const places = new Map(sorted.map((text, index) => [text, index]));
      orders.set(key, (claim) => places.get(texts.get(claim)));
    }
    return orders.get(key);
  }

  /** The claims in the order that is asked for; those with nothing in the column come last. */
  function sorted(claims) {
    const column = state.sort.replace(/^-/, "");
    if (!Object.hasOwn(written, column)) return claims;
    const sign = state.sort === column ? 1 : -1;
    const at = order(column);
    return claims
      .map((claim) => ({ claim, place: at(claim) }))
      .sort((a, b) => (a.place === undefined) - (b.place === undefined)
        || sign * ((a.place ?? 0) - (b.place ?? 0)))
      .map(({ claim }) => claim);
  }

  // -- rows ---------------------------------------------------------------------

  function particulars(claim) {
    const each = claim.qualifiers.flatMap(([local, said]) =>
      [make("dt", "", term(local)), make("dd", "", make("bdi", "", say(said)))]);
    return each.length ? [make("dl", "", ...each)] : [];
  }

  function grounds(claim) {
    const places = claim.evidence.map((each) => make("p", "place", ...reference(each)));
    const premises = claim.premises.map((id) => {
      const premise = graph.claims.get(id);
      const statement = ["subject", "relation", "object"];
      const text = premise ? statement.map((part) => written[part](premise)).join(" ") : id;
      return make("li", "", premise ? jump(text, id) : make("bdi", "", id));
    });
    if (premises.length) places.push(make("p", "place", `${t("rests_on")}:`));
    return premises.length ? [...places, make("ul", "place", ...premises)] : places;
  }

  function row(claim) {
    const [subject, object] = ends(claim);
    const about = make("th", "", subject);
    about.scope = "row";
    const cells = {
      relation: [jump(written.relation(claim), claim.id)],
      object: [object],
      status: [marks(claim)],
      qualifiers: particulars(claim),
      gloss: [make("bdi", "", written.gloss(claim))],
      where: grounds(claim),
    };
    const rest = Object.entries(cells).map(([column, children]) => {
      const cell = make("td", "", ...children);
      cell.dataset.label = t(column);
      return cell;
    });
    return make("tr", claim.id === state.selected ? "selected" : "", about, ...rest);
  }

  // -- the whole ----------------------------------------------------------------

  let page = 0; // the one that is shown: a filter may leave fewer than the state asks for
  let made = ""; // what the rows were made from: redrawing them would take the focus away

  function show(most = ROWS) {
    const { edges, facts } = visible();
    const count = edges.length + facts.length;
    const last = Math.max(0, Math.ceil(count / ROWS) - 1);
    page = most === ROWS ? Math.min(state.page, last) : 0;
    const start = page * ROWS;
    const chosen = sorted(inOrder(edges, facts)).slice(start, start + most);
    const wanted = [state.lang, state.selected, ...chosen.map(({ id }) => id)].join(" ");
    if (wanted !== made) body.replaceChildren(...chosen.map(row));
    made = wanted;
    caption.textContent = t("table_caption", {
      first: Math.min(start + 1, count), last: start + chosen.length, count,
    });
    dress(last);
  }

  /** Headings and the buttons below, in the language of the page. */
  function dress(last) {
    const column = state.sort.replace(/^-/, "");
    for (const [each, cell] of heads) {
      cell.firstChild.textContent = t(each);
      cell.firstChild.title = t("sort_by", { column: t(each) });
      if (each !== column) cell.removeAttribute("aria-sort");
      else cell.setAttribute("aria-sort", state.sort === column ? "ascending" : "descending");
    }
    pages.hidden = last === 0;
    pages.setAttribute("aria-label", t("pages"));
    turn[-1].textContent = t("page_before");
    turn[1].textContent = t("page_after");
    turn[-1].disabled = page === 0;
    turn[1].disabled = page === last;
    place.textContent = t("page_of", { page: page + 1, pages: last + 1 });
  }

  /** By subject, best connected first: a reader finds all that is said of one together. */
  function inOrder(edges, facts) {
    const rank = (claim) => graph.nodes.get(claim.subject)?.rank ?? Infinity;
    return [...facts, ...edges].sort((a, b) => rank(a) - rank(b));
  }

  listen(() => show());
  window.addEventListener("beforeprint", () => show(PRINTED));
  window.addEventListener("afterprint", () => show());
}
