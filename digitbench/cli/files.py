"""Writes what a command made to where the user wants it: stdout, or a file."""

from digitbench.cli.streams import results_stream
from digitbench.workflows.files import append_file, check_writable, write_file

__all__ = ["STDOUT", "append_file", "check_writable", "write_file", "write_stdout"]

STDOUT = "-"
"""The name of a file that stands for stdout."""


def write_stdout(text: str) -> None:
    """Write the text of a file to stdout as UTF-8, whatever the encoding and line ends there."""
    stream = results_stream()
    stream.flush()
    stream.buffer.write(text.encode("utf-8"))
    stream.buffer.flush()
