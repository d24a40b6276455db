"""What is served is what stands in the store, also when another process puts it there."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from kg.web.refused import Refused

if TYPE_CHECKING:
    from kg.web.site import Site

__all__ = ["watch"]

_EVERY_S = 1.0


async def watch(site: Site) -> None:
    """Look at the store's directory every second, until cancelled.

    What cannot be read is told to the log, and what was there before goes on being served.
    """
    told = ""
    while site.directory is not None:
        await asyncio.sleep(_EVERY_S)
        problem = ""
        try:
            await site.workers.look()
        except Refused:  # somebody is writing all the while, and will have the store read anew
            continue
        except Exception as error:  # noqa: BLE001 it looks again, whatever is there now
            problem = " ".join(str(error).split())[:300]
        if problem and problem != told:
            sys.stderr.write(f"the store was exchanged, and cannot be read: {problem}\n")
        told = problem
