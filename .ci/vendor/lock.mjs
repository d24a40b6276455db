// Writes vendor.toml and LICENSES.txt beside what was bundled: from the packages themselves.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const out = process.argv[2];
const locked = JSON.parse(readFileSync("package-lock.json", "utf8")).packages;
const names = Object.keys(locked).filter((path) => path && !locked[path].optional && !path.endsWith("/esbuild"));
const sha256 = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");
const licences = new Map();

let text = "# What stands in this folder and what it was made from. Renewed by `make vendor`.\n";
text += `\n[file."codemirror.js"]\nsha256 = "${sha256(`${out}/codemirror.js`)}"\n`;
text += `made_with = "esbuild ${locked["node_modules/esbuild"].version}"\n`;
for (const path of names.sort()) {
  const made = JSON.parse(readFileSync(`${path}/package.json`, "utf8"));
  const licence = readFileSync(`${path}/LICENSE`, "utf8").trim();
  licences.set(licence, [...(licences.get(licence) ?? []), made.name]);
  text += `\n[package."${made.name}"]\nversion = "${made.version}"\nlicence = "${made.license}"\n`;
  text += `integrity = "${locked[path].integrity}"\n`;
}
writeFileSync(`${out}/vendor.toml`, text);
const whole = [...licences].map(([licence, of]) => `${of.join(", ")}\n\n${licence}\n`);
writeFileSync(`${out}/LICENSES.txt`, whole.join(`\n${"-".repeat(72)}\n\n`));
