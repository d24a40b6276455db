// What a graph library finds in a file, as JSON: node read.js LIBRARY FORMAT FILE
import { readFileSync } from "node:fs";
import cytoscape from "cytoscape";
import graphology from "graphology";
import gexf from "graphology-gexf";
import graphml from "graphology-graphml";

const [library, format, file] = process.argv.slice(2);
const text = readFileSync(file, "utf8");

function withGraphology() {
  const parser = { gexf, graphml }[format];
  const graph = parser.parse(graphology.MultiGraph, text, { addMissingNodes: false });
  return {
    nodes: graph.mapNodes((id, data) => ({ id, ...data })),
    edges: graph.mapEdges((id, data, source, target) => ({ id, source, target, ...data })),
  };
}

function withCytoscape() {
  const cy = cytoscape({ headless: true, elements: JSON.parse(text).elements });
  const data = (element) => element.data();
  return { nodes: cy.nodes().map(data), edges: cy.edges().map(data) };
}

const found = library === "cytoscape" ? withCytoscape() : withGraphology();
process.stdout.write(JSON.stringify(found));
