"""Print as JSON what Tulip reads of a file: ``in_tulip.py PLUGIN FILE``.

A program of its own: Tulip has to be loaded before other libraries that use OpenMP, or
the loader finds no room for it.
"""

from __future__ import annotations

import json
import sys
import warnings


def main(plugin: str, file: str) -> None:
    warnings.simplefilter("ignore", DeprecationWarning)  # its plugin's own
    from tulip import tlp

    parameters = tlp.getDefaultPluginParameters(plugin)
    parameters["filename"] = parameters["file::filename"] = file
    graph = tlp.importGraph(plugin, parameters)
    own = [name for name in graph.getProperties() if not name.startswith("view")]

    def said(thing: object) -> dict[str, object]:
        return {name: graph[name][thing] for name in own if graph[name][thing] != ""}

    nodes = [(node.id, said(node)) for node in graph.nodes()]
    edges = [(graph.source(each).id, graph.target(each).id, said(each)) for each in graph.edges()]
    json.dump({"nodes": nodes, "edges": edges}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
