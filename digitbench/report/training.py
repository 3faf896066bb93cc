"""What the trials of a run were trained on, and what their spread is therefore a spread of."""

from digitbench.analysis.significance import THIS_TEST_SET
from digitbench.types import Resampling, RunPlan


def training_notes(plan: RunPlan) -> list[str]:
    """Say how training images were drawn; nothing if every trial had all of them."""
    drawn = plan.resampling
    if drawn is None:
        return []
    images = plan.dataset.train_size
    if drawn.groups is not None:
        note = _groups_note(drawn, plan.training_size)
    elif drawn.method == "bootstrap":
        note = (
            "Every trial trained on its own bootstrap sample of the training images: "
            f"{plan.training_size:,} drawn with replacement, some 63 % of them different."
        )
    else:
        note = (
            f"Every trial trained on its own {plan.training_size:,} of the {images:,} training "
            "images, drawn without replacement."
        )
    return [f"{note} Trial by trial, all models had the same."]


def _groups_note(drawn: Resampling, images: int) -> str:
    there = sum(drawn.group_counts)
    taken = sum(map(drawn.size, drawn.group_counts))
    if drawn.method == "bootstrap":
        return (
            f"Every trial trained on its own bootstrap sample of the {there:,} {drawn.groups} of "
            f"the training images: {taken:,} drawn with replacement, about {images:,} images."
        )
    return (
        f"Every trial trained on its own {taken:,} of the {there:,} {drawn.groups} of the training "
        f"images, drawn without replacement, about {images:,} images."
    )


def spread_over(plan: RunPlan) -> str:
    """Say what varies between the trials of a model."""
    return {
        "seed": "seeds",
        "data": "training samples, with one seed",
        "both": "seeds and training samples",
    }[plan.vary]


def spread_note(plan: RunPlan, *, interval: bool = True) -> str:
    """Say what the standard deviation of the accuracies is over.

    Args:
        plan: the run's.
        interval: whether the interval for this test set is shown too.
    """
    over = spread_over(plan)
    if not interval:
        return f"Std is over {over}, on {THIS_TEST_SET}."
    note = f"Std and the interval for {THIS_TEST_SET} (t interval of the mean) are over {over}."
    if plan.resampling is None:
        return note
    shared = plan.resampling.groups or "images"
    return f"{note} It allows for the {shared} that samples share (Nadeau & Bengio 2003)."
