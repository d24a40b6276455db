#!/usr/bin/env python3
"""How long ``kg --help`` takes, beside the smallest program that click can make.

Both start fresh interpreters, in turns, so that a busy machine slows both; the
ratio is the median of the ratios of neighbouring runs.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

AIM = 2.0
BARE = """\
import click

@click.group()
def main():
    \"\"\"The smallest program with a command.\"\"\"

@main.command()
def build():
    \"\"\"Do nothing.\"\"\"

main()
"""


def seconds(command: list[str]) -> float:
    """How long `command` runs, start of the interpreter included."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Run both programs in turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=25, help="runs of each program (25)")
    runs = parser.parse_args().runs

    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        commands = {
            "bare click": [sys.executable, str(bare), "--help"],
            "kg": [str(Path(sys.executable).with_name("kg")), "--help"],
        }
        for command in commands.values():  # fills the caches of bytecode and files
            seconds(command)
        times = [[seconds(command) for command in commands.values()] for _ in range(runs)]

    print(f"start-up: --help, {runs} runs each")
    print(f"{'program':<12}{'median ms':>10}{'min ms':>10}")
    for name, column in zip(commands, zip(*times, strict=True), strict=True):
        print(f"{name:<12}{statistics.median(column) * 1e3:>10.0f}{min(column) * 1e3:>10.0f}")
    ratio = statistics.median(kg / bare for bare, kg in times)
    print(f"{'ratio':<12}{ratio:>9.2f}x   (aim: at most {AIM:g}x)")


if __name__ == "__main__":
    main()
