"""What the exit codes mean."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit code of a command."""

    OK = 0
    GATE_FAILED = 1
    USAGE = 2
    TRIAL_FAILED = 3
    INTERNAL_ERROR = 70
    INTERRUPTED = 130
