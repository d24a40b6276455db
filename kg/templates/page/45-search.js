// Search as you type: Korean, English, aliases, initial consonants, half-typed syllables.
// The same rules as kg/hangul.py and kg/search.py, as far as a page needs them.

const LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";
const VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ";
const [FIRST, LAST, BLOCK, TAILS, LEAD] = [0xac00, 0xd7a3, 588, 28, 0x1100];

/** Letters and digits alone; case, width, Unicode form, accents and spacing set aside. */
function fold(said) {
  return said.replace(/[ㄳㄵㄶㄺ-ㅀㅄ]/g, (two) => PAIRS[two]).normalize("NFKC").toLowerCase().normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "").normalize("NFKC").replace(/[^\p{L}\p{N}]/gu, "");
}

/** Of two initial consonants the Korean keyboard makes a final one where it can. */
const PAIRS = { ㄳ: "ㄱㅅ", ㄵ: "ㄴㅈ", ㄶ: "ㄴㅎ", ㄺ: "ㄹㄱ", ㄻ: "ㄹㅁ", ㄼ: "ㄹㅂ", ㄽ: "ㄹㅅ",
  ㄾ: "ㄹㅌ", ㄿ: "ㄹㅍ", ㅀ: "ㄹㅎ", ㅄ: "ㅂㅅ" };

/** What is typed without the particles at the ends of its Korean words; longest cut last. */
function stems(said) {
  const words = said.normalize("NFKC").split(/\s+/).filter(Boolean);
  const found = raw.particles.trim().split(/\s+/).map((particle) => words.map((word) =>
    (word.endsWith(particle) && word.length > particle.length + 1
      ? word.slice(0, -particle.length) : word)).join(" "));
  return [...new Set(found)].filter((each) => each !== words.join(" "))
    .sort((one, other) => other.length - one.length);
}

const range = (first, count) =>
  `[${String.fromCodePoint(first)}-${String.fromCodePoint(first + count - 1)}]`;

/** Names that `folded` begins or abbreviates: a consonant alone stands for its syllables, and
 *  what is being typed for all that it can become. */
function pattern(folded) {
  const parts = [...folded].map((letter) => {
    const lead = letter.codePointAt(0) - LEAD; // folding makes ㅅ a conjoining letter
    if (lead < 0 || lead >= LEADS.length) return letter;
    return `(?:${letter}|${range(FIRST + lead * BLOCK, BLOCK)})`;
  });
  const last = folded.codePointAt(folded.length - 1);
  if (last >= FIRST && last <= LAST) parts[parts.length - 1] = unfinished(last);
  return new RegExp(parts.join(""), "u");
}

/** A syllable while it is typed: its final consonant may come yet, or may begin the next one. */
function unfinished(code) {
  const tail = (code - FIRST) % TAILS;
  if (!tail) {
    const vowels = { ㅗ: 4, ㅜ: 4, ㅡ: 2 }; // ㅗ may become ㅘ, ㅙ, ㅚ
    const vowel = VOWELS[Math.floor(((code - FIRST) % BLOCK) / TAILS)];
    return range(code, TAILS * (vowels[vowel] ?? 1));
  }
  const [stay, moves] = SPLIT[tail - 1];
  const next = LEADS.indexOf(moves);
  const grown = { 1: 3, 4: 3, 8: 8, 17: 2 }[tail] ?? 1; // ㄱ may become ㄳ, ㄹ may become ㄺ
  if (next < 0) return range(code, grown);
  return `(?:${range(code, grown)}|${String.fromCodePoint(code - tail + stay)}${range(FIRST + next * BLOCK, BLOCK)})`;
}
/** Of each final consonant: the number of the one that stays if its end begins a new syllable. */
const SPLIT = [..."ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"].map((tail) => {
  const two = { ㄳ: [1, "ㅅ"], ㄵ: [4, "ㅈ"], ㄶ: [4, "ㅎ"], ㄺ: [8, "ㄱ"], ㄻ: [8, "ㅁ"],
    ㄼ: [8, "ㅂ"], ㄽ: [8, "ㅅ"], ㄾ: [8, "ㅌ"], ㄿ: [8, "ㅍ"], ㅀ: [8, "ㅎ"], ㅄ: [17, "ㅅ"] };
  return two[tail] ?? [0, tail];
});

let index = null; // made when first asked for: the page opens without it
function searched() {
  index ??= ranked.map((node) => {
    const said = [...Object.values(node.names), ...node.also];
    const names = new Set(said.map(fold));
    const others = new Set([...node.misspelt.map(fold), fold(node.id)]);
    return { node, said, names: [...names], others: [...others].filter((each) => !names.has(each)) };
  });
  return index;
}

/** How well a name fits, 0 if it does not: the same, its beginning, inside; much of it is better. */
function fits(key, wanted, expression) {
  if (!key) return 0;
  if (key === wanted) return 100;
  const found = expression.exec(key);
  if (!found || (found.index && wanted.length < 2)) return 0;
  return (found.index ? 60 : 80) + (10 * found[0].length) / key.length;
}

/** How well the names of a node fit what is typed. */
function whole(said) {
  const wanted = fold(said);
  if (!wanted) return () => 0;
  const expression = pattern(wanted);
  return ({ names, others }) => Math.max(...names.map((key) => fits(key, wanted, expression)),
    ...others.map((key) => fits(key, wanted, expression) - 2));
}

/** Whether all that is typed begins words of one name, in any order; the shorter name is better. */
function byWords(typed) {
  const wanted = typed.split(/\s+/).map(fold).filter(Boolean);
  const begins = (name) => {
    const words = name.split(/[^\p{L}\p{N}]+/u).map(fold);
    return wanted.every((each) => words.some((word) => word.startsWith(each)));
  };
  return ({ said }) => (wanted.length < 2 ? 0
    : Math.max(0, ...said.map((name) => (begins(name) ? 1 / name.length : 0))));
}

/** The nodes that may be meant, the likeliest first; of two that fit as well the better linked. */
function search(said, most = 12) {
  for (const score of [whole(said), ...stems(said).map(whole), byWords(said)]) {
    const found = searched().map((each) => ({ node: each.node, score: score(each) }))
      .filter((each) => each.score > 0);
    if (!found.length) continue; // what is asked for less exactly comes only where nothing fits
    return found.sort((a, b) => b.score - a.score || a.node.rank - b.node.rank)
      .slice(0, most).map(({ node }) => node);
  }
  return [];
}

// -- the box to type in (WAI-ARIA combobox with a list) --------------------------------

function icon(family) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [key, value] of Object.entries({ viewBox: "-10 -10 20 20", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  svg.setAttribute("class", `icon ${family.name}`);
  path.setAttribute("d", family.outline);
  svg.append(path);
  return svg;
}

/** Make a combobox of an input and the list after it; `pick` gets the node that is chosen. */
function combobox(input, pick) {
  const hits = $(input.getAttribute("aria-controls"));
  let options = [];
  let active = -1;

  const close = () => {
    hits.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (node) => {
    close();
    pick(node);
  };
  const point = (to) => {
    active = (to + options.length) % options.length;
    [...hits.children].forEach((each, n) => each.setAttribute("aria-selected", String(n === active)));
    input.setAttribute("aria-activedescendant", hits.children[active].id);
    hits.children[active].scrollIntoView({ block: "nearest" });
  };
  const open = () => {
    options = search(input.value);
    active = -1;
    input.removeAttribute("aria-activedescendant");
    hits.replaceChildren(...options.map((node, n) => {
      const option = make("li", "", icon(node.family), make("bdi", "", name(node)), " ",
        make("span", "soft", term(node.cls || "Entity")));
      option.id = `${hits.id}-${n}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.addEventListener("pointerdown", (event) => event.preventDefault()); // keep the focus
      option.addEventListener("click", () => choose(node));
      return option;
    }));
    const asked = fold(input.value) !== "";
    if (asked && !options.length) {
      const none = make("li", "soft", t("no_hits"));
      none.setAttribute("role", "option");
      none.setAttribute("aria-disabled", "true");
      none.setAttribute("aria-selected", "false");
      hits.append(none);
    }
    hits.hidden = !asked;
    input.setAttribute("aria-expanded", String(asked));
  };
  input.addEventListener("input", open);
  input.addEventListener("focus", () => input.value && open());
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // a syllable is being typed: the key belongs to it
    if (event.key === "ArrowDown" && options.length && !hits.hidden) point(active + 1);
    else if (event.key === "ArrowUp" && options.length && !hits.hidden) point(Math.max(active, 0) - 1);
    else if (event.key === "Enter" && options.length && !hits.hidden) choose(options[Math.max(active, 0)]);
    else if (event.key === "Escape" && !hits.hidden) close();
    else return;
    event.preventDefault();
  });
}
