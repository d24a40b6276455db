"""Work in a process of its own, which can be ended whatever it is doing.

The engine cannot be told to stop, and a thread cannot be ended; a process can.  It is
a fresh one (``spawn``), since a forked one would share the locks of the engine's
threads, so it costs a start of the interpreter: only who sets a limit pays for it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kg.errors import KGError, warned_in_lines

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["interruptible", "within"]

Begin = Callable[[], None]


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C end this process at once.

    Python acts on it between two steps of its own, which a runaway query never gets to.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def within(seconds: float, place: str, work: Callable[..., None], *arguments: object) -> None:
    """Call ``work(begin, *arguments)`` in another process, and end it if it takes too long.

    The time counts from when `work` calls `begin`.  Both must be importable and
    picklable; output goes where ours goes.  Raises what `work` raises as a
    :class:`~kg.errors.KGError` or a :class:`BrokenPipeError`, and a ``KGError`` when
    the time is up.
    """
    import multiprocessing  # not at the top: only who sets a limit pays for it

    sys.stdout.flush()
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_run, args=(theirs, work, arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        told = _told(ours)
        if told == "begun":
            if not ours.poll(seconds):
                what = f"has no answer after {seconds:g} seconds"
                raise KGError(place, what, "ask for less, or allow more with --timeout")
            told = _told(ours)
    finally:
        process.kill()
        process.join()
        ours.close()
    if isinstance(told, KGError):
        raise told
    if told == "broken pipe":
        raise BrokenPipeError
    if told != "done":
        raise RuntimeError(f"the process of {place} ended: {told}")


def _told(connection: Connection) -> object:
    try:
        return connection.recv()
    except EOFError:
        return "without a word"


def _run(connection: Connection, work: Callable[..., None], arguments: tuple[object, ...]) -> None:
    try:
        with warned_in_lines():
            work(lambda: connection.send("begun"), *arguments)
        sys.stdout.flush()
        connection.send("done")
    except KGError as error:
        connection.send(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        connection.send("broken pipe")
    except KeyboardInterrupt:
        connection.send("interrupted")
    except Exception as error:  # noqa: BLE001 told to who waits, which raises it
        connection.send(f"{type(error).__name__}: {error}")
