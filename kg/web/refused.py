"""A request that is not answered, and why."""

from __future__ import annotations

__all__ = ["Refused"]


class Refused(Exception):
    """What the client is told instead of an answer: a status, and one readable line."""

    def __init__(self, status: int, reason: str, retry_after_s: int = 0, allow: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.headers: dict[str, str] = {}
        if retry_after_s:
            self.headers["Retry-After"] = str(retry_after_s)
        if allow:
            self.headers["Allow"] = allow
        if status == 406:
            self.headers["Vary"] = "Accept"
