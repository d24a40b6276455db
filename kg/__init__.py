"""An evidence-first knowledge graph of the AI ecosystem.

Every edge can answer: who says so, where exactly, when, and is it a fact, a
plan or somebody's words?  Importing this package loads nothing else; import
the module that you need (``kg.corpus``, ``kg.store``, ...).

>>> import kg
>>> kg.__version__.count(".")
2
"""

__all__ = ["__version__"]

# The one place where the version stands: the packaging reads it from here.
__version__ = "0.1.0"
