"""What is said of the images that trials were trained on."""

from collections.abc import Callable

import pytest

from digitbench.plugins import PluginHost
from digitbench.report.training import spread_note, training_notes
from digitbench.types import Resampling, RunPlan, Vary


@pytest.fixture
def varying(
    host_of: Callable[..., PluginHost], plan_of: Callable[..., RunPlan]
) -> Callable[..., RunPlan]:
    def plan(vary: Vary, resampling: Resampling | None) -> RunPlan:
        usual = plan_of(host_of("centroid"), "centroid")
        return usual.model_copy(update={"vary": vary, "resampling": resampling})

    return plan


def test_nothing_is_said_where_every_trial_had_all_images(varying: Callable[..., RunPlan]) -> None:
    plan = varying("seed", None)
    assert training_notes(plan) == []
    assert spread_note(plan).endswith("for this test set (t interval of the mean) are over seeds.")
    assert spread_note(plan, interval=False) == "Std is over seeds, on this test set."


def test_what_was_drawn_is_said(varying: Callable[..., RunPlan]) -> None:
    (note,) = training_notes(varying("data", Resampling(method="bootstrap")))
    assert "own bootstrap sample of the training images: 60 drawn with replacement" in note
    (note,) = training_notes(varying("both", Resampling(method="subsample", fraction=0.3)))
    assert "its own 18 of the 60 training images, drawn without replacement" in note
    assert note.endswith("all models had the same.")


def test_whole_groups_that_were_drawn_are_said(varying: Callable[..., RunPlan]) -> None:
    drawn = Resampling(method="bootstrap", groups="writers", group_counts=(5, 4))
    (note,) = training_notes(varying("data", drawn))
    assert "bootstrap sample of the 9 writers of the training images: 9 drawn with" in note
    assert "it allows for the writers" in spread_note(varying("data", drawn)).lower()
    half = Resampling(method="subsample", fraction=0.5, groups="writers", group_counts=(6, 4))
    (note,) = training_notes(varying("both", half))
    assert "its own 5 of the 9 writers" not in note
    assert "its own 5 of the 10 writers of the training images" in note
    assert "about 30 images" in note


@pytest.mark.parametrize(
    ("vary", "over"),
    [("data", "training samples, with one seed"), ("both", "seeds and training samples")],
)
def test_a_spread_is_called_what_it_is_over(
    varying: Callable[..., RunPlan], vary: Vary, over: str
) -> None:
    note = spread_note(varying(vary, Resampling(method="bootstrap")))
    assert f"are over {over}." in note
    assert "allows for the images that samples share" in note
