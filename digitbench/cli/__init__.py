"""The command line: each command parses, calls, renders and chooses the exit code. No logic.

Commands import what they need inside their functions, so that `--help` does not wait for it.
"""

from digitbench.cli.app import app, main

__all__ = ["app", "main"]
