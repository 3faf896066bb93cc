"""The process that makes the checks of a model: `python -P -m digitbench.testing.examiner`.

The order and what is found go as pickles through pipes of their own. What a plugin writes goes to
stderr, whichever stream it chooses.
"""

import sys
from typing import IO

from digitbench.plugins import load_plugins
from digitbench.runner.engines import pipes
from digitbench.runner.engines.messages import receive, send
from digitbench.runner.resolve import find_model
from digitbench.testing.apart import Begun, Made, Order
from digitbench.testing.checks import CHECKS
from digitbench.testing.model_under_test import Candidate, ModelUnderTest
from digitbench.testing.results import Check, CheckResult


class _Told(ModelUnderTest):
    """An examination that tells of each check when it begins and when it is made."""

    def __init__(self, candidate: Candidate, known: dict[str, CheckResult], to: IO[bytes]) -> None:
        super().__init__(candidate, CHECKS, known)
        self._to = to

    def make(self, check: Check, failed_before: str | None) -> CheckResult:
        """Make a check."""
        send(self._to, Begun(check.name))
        result = super().make(check, failed_before)
        send(self._to, Made(check.name, result.seconds, result.ending))
        return result


def main() -> None:
    """Carry out the order."""
    orders, answers = pipes.take(sys.argv[1:])
    order: Order = receive(orders)
    sys.path.extend(path for path in order.search_path if path not in sys.path)
    subject = order.subject
    host = load_plugins(files=subject.plugin_files)
    spec = find_model(subject.model, host).spec
    known = {made.check: made.result() for made in order.known}
    examination = _Told(Candidate(spec, subject.options, subject.tolerance), known, answers)
    for check in CHECKS.values():
        examination.result(check)


if __name__ == "__main__":
    main()
