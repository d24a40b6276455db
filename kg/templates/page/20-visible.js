// What passes the filters, where it is near the node in focus, and the way between two.

/** Month before which an entity was not there, where its birth or founding is known. */
const origins = new Map();
for (const { relation, subject, object, status, rank, from } of graph.claims.values()) {
  const born = ["birthYear", "foundedOn", "heldOn"].includes(relation) ? subject
    : relation === "founded" ? object : null;
  if (!born || from === null || status === "planned" || rank === "deprecated") continue;
  origins.set(born, Math.min(origins.get(born) ?? Infinity, from));
}

/** The first month that a claim can speak of: both its ends are there; a plan may come before
 *  what it brings about. */
function begins({ from, subject, object, status }) {
  if (from !== null) return from;
  const known = [subject, object].filter((id) => origins.has(id)).map((id) => origins.get(id));
  if (!known.length) return -Infinity;
  return status === "planned" ? Math.min(...known) : Math.max(...known);
}

/** Tests for the state's filters; what is switched off is a set, looked up often. */
function filters({ types, relations, statuses, sources, from, to, undated }) {
  const [offTypes, offRelations, offStatuses, offSources] =
    [types, relations, statuses, sources].map((each) => new Set(each));
  const timely = (claim) => {
    if (from === null && to === null && undated) return true;
    if (claim.from === null && claim.to === null && !undated) return false;
    return (from === null || claim.to === null || claim.to >= from)
      && (to === null || begins(claim) <= to);
  };
  return {
    narrows: offRelations.size > 0 || offSources.size > 0 || from !== null || to !== null || !undated
      || statuses.some((status) => !raw.off.includes(status)),
    node: (node) => !offTypes.has(node.cls || "Entity"),
    claim: (claim) => !offRelations.has(claim.relation) && !offStatuses.has(claim.status)
      && !(claim.rank === "deprecated" && offStatuses.has("deprecated"))
      && (!offSources.size || !claim.sources.length
        || claim.sources.some((source) => !offSources.has(source)))
      && timely(claim),
  };
}

/** Whether a claim counts for who is important and who stands alone. */
const weighty = (claim) => !raw.off.includes(claim.status);
const other = (claim, id) => (claim.subject === id ? claim.object : claim.subject);

/** Nodes at most so many steps from one, by how many steps; over what passes the filters. */
function around(id, hops, passes) {
  const found = new Map([[id, 0]]);
  for (const near of found.keys()) { // grows while it is read
    const steps = found.get(near) + 1;
    if (steps > hops) break;
    for (const claim of graph.nodes.get(near).edges) {
      const next = other(claim, near);
      if (!found.has(next) && passes.claim(claim) && passes.node(graph.nodes.get(next))) {
        found.set(next, steps);
      }
    }
  }
  return found;
}

/** A shortest way over what passes the filters: its claims in order, or null if there is none. */
function way(start, end, passes) {
  const came = new Map([[start, null]]);
  for (const near of came.keys()) {
    if (near === end) break;
    for (const claim of graph.nodes.get(near).edges) {
      const next = other(claim, near);
      if (!came.has(next) && passes.claim(claim) && passes.node(graph.nodes.get(next))) {
        came.set(next, claim);
      }
    }
  }
  if (!came.has(end)) return null;
  const steps = [];
  for (let near = end; came.get(near); near = other(came.get(near), near)) {
    steps.unshift(came.get(near));
  }
  return steps;
}

/** The nodes of the present view before the filters, the most important first. */
function pool(current, passes, steps) {
  const passed = steps.flatMap(({ subject, object }) => [subject, object]);
  if (current.focus && current.hops) {
    const near = around(current.focus, current.hops, passes).keys();
    return [...new Set([...near, ...passed])].map((id) => graph.nodes.get(id));
  }
  const all = [...graph.nodes.values()];
  if (current.all) return all;
  const wanted = new Set([...current.added, ...selectedNodes(current), ...passed]);
  return all.filter(({ rank, id }) => rank < raw.counts.opening || wanted.has(id));
}

/** The node that is selected, or the ends of the claim that is. */
function selectedNodes({ selected }) {
  if (!selected) return [];
  const claim = graph.claims.get(selected);
  if (!claim) return [selected];
  return claim.object === null ? [claim.subject] : [claim.subject, claim.object];
}

function look(current) {
  const passes = filters(current);
  const steps = (current.start && current.end && way(current.start, current.end, passes)) || [];
  const kept = new Set(selectedNodes(current).concat(current.focus ?? [], current.added));
  const all = pool(current, passes, steps);
  const candidates = all.filter((node) => passes.node(node) || kept.has(node.id));
  const ids = new Set(candidates.map(({ id }) => id));
  const edges = [];
  const facts = [];
  const linked = new Set();
  for (const node of candidates) {
    for (const claim of node.edges) {
      if (claim.subject !== node.id || !ids.has(claim.object) || !passes.claim(claim)) continue;
      edges.push(claim);
      linked.add(claim.subject).add(claim.object);
    }
  }
  // What a filter has cut off from everything is in the way; what stands alone anyway may stay.
  const within = new Set(all.map(({ id }) => id));
  const narrowed = passes.narrows && !current.hops;
  const alone = (node) => kept.has(node.id) || (!narrowed && !node.edges.some(
    (claim) => weighty(claim) && within.has(other(claim, node.id))));
  const nodes = candidates.filter((node) => linked.has(node.id) || alone(node));
  for (const node of nodes) facts.push(...node.facts.filter(passes.claim));
  return { nodes, edges, facts, steps };
}

const VIEW = [...FILTERS, "added", "start", "end"];
let seen = null; // what was looked at last: selecting one thing after another does not change it
/** The nodes, edges and facts that the filters let through, and the way that is asked for.
 *  The same object as long as they stay the same. */
function visible() {
  const key = JSON.stringify(VIEW.map((part) => state[part]));
  if (seen?.key !== key) {
    const base = look({ ...state, selected: null });
    seen = { key, base, ids: new Set(base.nodes.map(({ id }) => id)), strays: "", wider: null };
  }
  const strays = selectedNodes(state).filter((id) => !seen.ids.has(id));
  if (!strays.length) return seen.base;
  if (seen.strays !== strays.join()) [seen.strays, seen.wider] = [strays.join(), look(state)];
  return seen.wider;
}

/** Leaves the neighbourhood that is shown if what is to be selected lies outside of it. */
function outside(id) {
  const shown = new Set(visible().nodes);
  const wanted = selectedNodes({ selected: id }).map((each) => graph.nodes.get(each));
  return state.focus && !wanted.every((node) => shown.has(node)) ? { focus: null, hops: 0 } : {};
}
