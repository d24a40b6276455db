"""What a process has taken of the machine."""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["cpu_s", "data_bytes"]


def data_bytes(process: int | str = "self") -> int:
    """Return the size of a process's data as Linux counts it, 0 on other systems."""
    try:
        status = Path(f"/proc/{process}/status").read_text("ascii", errors="replace")
    except OSError:
        return 0
    found = re.search(r"^VmData:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) << 10 if found else 0


def cpu_s(process: int) -> float:
    """Return the seconds of a processor that a process has taken, on Linux; else infinite."""
    try:
        told = Path(f"/proc/{process}/stat").read_text("ascii", errors="replace")
    except OSError:
        return float("inf")
    user, system = told.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
