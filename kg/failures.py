"""What the engine or the system complains of, as one line with a remedy."""

from __future__ import annotations

from kg.errors import KGError

__all__ = ["failed"]

_REASONS = {
    "too recent version": ("was made by a newer kg", "upgrade kg"),
    "outdated encoding": ("was made by an older kg", "make it anew: kg build --store"),
    "File too large": ("the disk is full", "make room; nothing was changed"),
    "Permission denied": ("cannot be written to", "choose another place"),
    "Read-only file system": ("cannot be written to", "choose another place"),
    "No space left": ("the disk is full", "make room; nothing was changed"),
    "Not a directory": ("is a file, not a store", "name a directory"),
    "Device or resource busy": ("cannot be exchanged where it is", "name a folder in it"),
    "cross-device": ("cannot be exchanged where it is", "copy it to another place"),
}


def failed(place: object, error: Exception) -> KGError:
    """Return the error of the engine, or of the system, at `place` as one of ours."""
    told = " ".join(str(error).split())
    for sign, (what, remedy) in _REASONS.items():
        if sign in told:
            return KGError(place, what, remedy)
    return KGError(place, told[:200])
