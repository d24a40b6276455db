// Makes the text box of the query page an editor.  Without it the page works all the same.
// The editor stands in a shadow root: there CodeMirror adopts its style sheets, which the
// page's Content Security Policy allows, instead of adding <style> elements, which it does not.
import {
  autocompletion, bracketMatching, closeBrackets, completionKeymap, defaultKeymap, drawSelection,
  EditorState, EditorView, HighlightStyle, history, historyKeymap, keymap, lineNumbers,
  setDiagnostics, sparql, StreamLanguage, syntaxHighlighting, tags,
} from "./vendor/codemirror.js";

const WORDS = (
  "ASC ASK BASE BIND BY CONSTRUCT COUNT DESC DESCRIBE DISTINCT EXISTS FILTER FROM GROUP HAVING " +
  "IN LANG LIMIT MINUS NAMED NOT OFFSET OPTIONAL ORDER PREFIX REDUCED REGEX SELECT STR " +
  "STRSTARTS CONTAINS LCASE UNION UNDEF VALUES WHERE"
).split(" ");

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--link)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--planned)" },
  { tag: tags.comment, color: "var(--soft)" },
  { tag: tags.variableName, color: "var(--reported)" },
  { tag: [tags.atom, tags.number, tags.bool], color: "var(--deprecated)" },
]);

const theme = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--paper)", border: "1px solid var(--soft)", borderRadius: "4px", fontSize: "15px" },
  "&.cm-focused": { outline: "2px solid var(--link)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: 'ui-monospace, "DejaVu Sans Mono", monospace', lineHeight: "1.5", maxHeight: "32rem" },
  ".cm-content": { minHeight: "8rem", caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--shade)", color: "var(--soft)", border: "none" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": { backgroundColor: "var(--mark)" },
  ".cm-matchingBracket": { backgroundColor: "var(--mark)", outline: "1px solid var(--soft)" },
  ".cm-tooltip": { backgroundColor: "var(--paper)", color: "var(--ink)", border: "1px solid var(--soft)" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--link)", color: "var(--paper)" },
  ".cm-completionDetail": { fontStyle: "normal", opacity: "1" },
});

// Over a selection the browser itself would type, and carry the colours along as inline
// style, of which the policy complains: so this is done here.
const overwriting = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { from, to, empty } = view.state.selection.main;
    if (event.inputType !== "insertText" || !event.data || empty || view.composing) return false;
    const typed = () => view.state.update(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    event.preventDefault();
    const handled = view.state.facet(EditorView.inputHandler).some((each) => each(view, from, to, event.data, typed));
    if (!handled) view.dispatch(typed());
    return true;
  },
});

/** What can stand at the cursor: terms of the graph, prefixes, words of SPARQL, variables. */
function completes(known) {
  const prefixes = Object.entries(known.prefixes).map(([name, iri]) => ({ label: `${name}:`, detail: iri, type: "namespace" }));
  const terms = known.terms.map(({ name, label, kind }) => ({ label: name, detail: label, type: kind }));
  const words = WORDS.map((label) => ({ label, type: "keyword" }));
  return (context) => {
    const variable = context.matchBefore(/[?$]\w*/);
    if (variable) {
      const used = new Set(context.state.doc.toString().match(/[?$]\w+/g) ?? []);
      used.delete(variable.text);
      return { from: variable.from, options: [...used].sort().map((label) => ({ label, type: "variable" })) };
    }
    const word = context.matchBefore(/[\w-]+:?[\w-]*/);
    if (!word && !context.explicit) return null;
    return { from: word ? word.from : context.pos, options: [...terms, ...prefixes, ...words], validFor: /^[\w:-]*$/ };
  };
}

async function edit(area) {
  const answer = await fetch(area.dataset.terms);
  const known = answer.ok ? await answer.json() : { prefixes: {}, terms: [] };
  const label = area.labels[0];
  const host = document.createElement("div");
  host.className = "editor";
  const root = host.attachShadow({ mode: "open" });
  const ask = () => { area.form.requestSubmit(); return true; };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: area.value,
      extensions: [
        lineNumbers(), history(), drawSelection(), bracketMatching(), closeBrackets(),
        StreamLanguage.define(sparql), syntaxHighlighting(colours), theme, overwriting, EditorView.lineWrapping,
        autocompletion({ override: [completes(known)], icons: false }),
        // Tab is not bound: it leaves the editor, as it leaves any other field.
        keymap.of([{ key: "Mod-Enter", run: ask }, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.contentAttributes.of({ "aria-label": label.textContent, "aria-describedby": "help", spellcheck: "false" }),
        EditorView.updateListener.of((update) => { if (update.docChanged) area.value = update.state.doc.toString(); }),
      ],
    }),
  });
  const help = document.createElement("p");
  help.id = "help";
  help.textContent = area.dataset.help;
  root.append(help);
  help.style.cssText = "margin: .25rem 0 0; font-size: .85rem; color: var(--soft)";
  area.before(host);
  area.hidden = true;
  area.required = false;
  label.addEventListener("click", () => view.focus());
  mark(view, area);
}

/** Underlines the place of which the server complains, and puts the cursor there. */
function mark(view, area) {
  const line = Number(area.dataset.line), column = Number(area.dataset.column);
  if (!line || line > view.state.doc.lines) return;
  const found = view.state.doc.line(line);
  const from = Math.min(found.to, found.from + column - 1);
  const message = document.querySelector("#problem").textContent;
  view.dispatch(setDiagnostics(view.state, [{ from, to: Math.max(from + 1, found.to), severity: "error", message }].map(
    (each) => ({ ...each, to: Math.min(each.to, view.state.doc.length) }),
  )));
  view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
}

const area = document.querySelector("#query");
if (area) await edit(area);
