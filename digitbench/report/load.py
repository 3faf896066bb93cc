"""Says when the times of a run are worth little, because others used the processors too."""

from digitbench.types import RunRecord, TrialResult

_ENGINES_HERE = {"process", "inline"}
_LEAST_CPUS = 0.5
_LEAST_SHARE = 0.05
"""What is taken for idle, in processors and as a share of them: a system is never quite still."""


def load_note(record: RunRecord) -> str | None:
    """Return a sentence if others kept processors busy that a run's trials were to have.

    Of trials that a plugin's engine ran it says nothing: they may have been on other machines, and
    how many processors those have is not known.
    """
    if record.plan.engine not in _ENGINES_HERE:
        return None
    cpus = record.environment.cpus
    disturbed = [trial for trial in record.results if _is_disturbed(trial, cpus)]
    if not disturbed:
        return None
    most = max(trial.others_cpus or 0.0 for trial in disturbed)
    done = sum(trial.status == "ok" for trial in record.results)
    trials = f"{len(disturbed)} of {done} {'trial' if done == 1 else 'trials'}"
    return (
        f"Times are worth little: others kept up to {most:.1f} of {cpus} "
        f"{'processor' if cpus == 1 else 'processors'} busy during {trials}. "
        "Repeat the run on an idle machine."
    )


def _is_disturbed(trial: TrialResult, cpus: int) -> bool:
    """Tell whether more processors were wanted than there are; other trials count as others."""
    if trial.others_cpus is None or trial.reused_from is not None:
        return False
    slack = max(_LEAST_CPUS, _LEAST_SHARE * cpus)
    return trial.others_cpus + trial.spec.threads > cpus + slack
