"""The commands of ``kg``: one module a command, and the folder is the list.

Each module defines ``command``.  It parses, makes one call, and prints; what is
heavy is imported when it runs, so that help comes at once.
"""
