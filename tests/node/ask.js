// What Comunica gets from an endpoint for each query of a JSON file: node ask.js SOURCE FILE
// A source is an address, of which Comunica itself finds out what it is, or TYPE@ADDRESS.
import { readFileSync } from "node:fs";
import { QueryEngine } from "@comunica/query-sparql";

const [source, file] = process.argv.slice(2);
const [value, type] = source.split("@").reverse();
const sources = [type ? { type, value } : value];
const engine = new QueryEngine();
const term = ({ value }) => value;

async function asked(query) {
  const found = await engine.query(query, { sources });
  if (found.resultType === "boolean") return found.execute();
  const rows = await (await found.execute()).toArray();
  if (found.resultType === "quads") {
    return rows.map(({ subject, predicate, object }) => [subject, predicate, object].map(term));
  }
  return rows.map((row) => Object.fromEntries([...row].map(([name, value]) => [name.value, value.value])));
}

const answers = [];
for (const query of JSON.parse(readFileSync(file, "utf8"))) answers.push(await asked(query));
process.stdout.write(JSON.stringify(answers));
