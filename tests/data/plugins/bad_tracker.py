"""A tracker that breaks during the run."""

from digitbench import hookimpl


@hookimpl
def digitbench_trial_finished(plan, result):
    raise ConnectionError("the tracking server is gone")
