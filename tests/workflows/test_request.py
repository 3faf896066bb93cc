"""A request: what goes together, and what stands back."""

from pathlib import Path
from typing import Any

import pytest

from digitbench.errors import UsageError
from digitbench.workflows.request import RunRequest


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"trials": 0}, "--trials 0: Input should be greater than or equal to 1"),
        ({"trials": "5"}, "--trials 5: Input should be a valid integer"),
        ({"trails": 5}, "there is no trails; there are: models, trials"),
        ({"models": 3}, "write a string or a list of strings and tables"),
        ({"validation": "some"}, "--validation some: name a number of images"),
        ({"resample": "subsample"}, "add --vary data or both"),
        ({"vary": "data", "fraction": 0.5}, "add --resample subsample"),
        ({"budget_seconds": 3.0}, "--budget is for --until-decided"),
        ({"max_trials": 9}, "--max-trials is for --until-decided"),
        ({"until_decided": "all", "trials": 9}, "leave out --trials"),
        ({"until_decided": "all", "budget_seconds": "soon"}, "cannot read --budget 'soon'"),
        ({"quick": True, "trials": 1}, "leave out --trials"),
        ({"quick": True, "vary": "data"}, "leave out --vary"),
        ({"quick": True, "data_dir": "here"}, "name the data set with --dataset too"),
        ({"data_dir": "~nobody-has-this-name/x"}, "there is no such home directory"),
    ],
)
def test_what_is_wrong_or_does_not_go_together_is_refused(
    given: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError) as refused:
        RunRequest.of(given)
    assert message in str(refused.value)


def test_python_s_own_call_keeps_the_same_rules() -> None:
    assert RunRequest(models="knn", plugin_files=(Path("a.py"),)).models == "knn"
    with pytest.raises(UsageError, match="is for --until-decided"):
        RunRequest(max_trials=9)


def test_settings_stand_back_where_they_do_not_go_together_with_what_is_given() -> None:
    settings = {"trials": 7, "vary": "data", "validation": 100, "dataset": "digits"}
    quick = RunRequest.of({"quick": True}, settings)
    assert (quick.trials, quick.vary, quick.validation) == (1, "seed", "0")
    assert quick.dataset == "digits"
    assert RunRequest.of({"until_decided": "all"}, settings).until_decided == "all"
    assert RunRequest.of({"trials": 2}, settings).trials == 2


def test_models_may_be_a_list_of_names_and_tables() -> None:
    models = ["all", {"name": "knn", "k": 3}]
    assert RunRequest.of({"models": models}).models == "all,knn[k=3]"


def test_what_goes_with_until_decided_may_be_left_open() -> None:
    assert RunRequest.of({"budget_seconds": None, "until_decided": "all"}).budget_seconds is None
