"""The graph over HTTP: a SPARQL endpoint, a graph store, and pages to explore it."""
