"""Processes that are started to help, and end when who started them says so."""

from __future__ import annotations

import signal
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

__all__ = ["start"]


def start(process: BaseProcess) -> None:
    """Start a process (``spawn``) that Ctrl-C does not reach, which a terminal tells to all.

    The signal is blocked there, from its first moment; here it comes a little later.
    """
    resource_tracker.ensure_running()  # else it starts with the process, and lifts the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
