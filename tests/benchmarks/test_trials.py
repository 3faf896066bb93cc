import os
from collections.abc import Callable
from pathlib import Path

import pytest

from benchlib import trials
from benchlib.options import DataRequest
from benchlib.trials import in_own_process, load_data, plan_model, run_model, with_option
from digitbench.errors import UsageError
from digitbench.plugins import load_plugins
from digitbench.types import FitProgress

DIGITS = DataRequest("digits")


@pytest.fixture
def test_plugins(plugin_file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Offer the tests' own models beside the installed ones."""
    host = load_plugins(files=[plugin_file("centroid"), plugin_file("faulty_models")])
    monkeypatch.setattr(trials, "load_plugins", lambda: host)


def test_the_first_training_images_are_taken() -> None:
    data, info = load_data(DIGITS)
    few, few_info = load_data(DataRequest("digits", None, 50))
    assert info.train_size == len(data.train) == 1442
    assert few_info.train_size == len(few.train) == 50
    assert (few.train.images == data.train.images[:50]).all()
    assert len(few.test) == len(data.test) == info.test_size


def test_more_images_than_there_are_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="digits has 1,442 training images, not 1,443"):
        load_data(DataRequest("digits", None, 1443))


def test_one_model_is_wanted() -> None:
    assert plan_model("knn[k=1]").options["k"] == 1
    with pytest.raises(UsageError, match="names 2 models"):
        plan_model("knn,softmax")


def test_an_option_is_set_or_set_anew() -> None:
    assert with_option("cnn", "epochs", 3) == "cnn[epochs=3]"
    assert with_option("cnn[filters=8/8/8,epochs=1]", "epochs", 3) == "cnn[filters=8/8/8,epochs=3]"
    with pytest.raises(UsageError, match="no option 'epochs'"):
        with_option("knn", "epochs", 3)


def test_a_model_is_run_as_a_trial(test_plugins: None) -> None:
    seen: list[FitProgress] = []
    result = run_model("centroid[noise=0.01]", DIGITS, seed=7, threads=1, report=seen.append)
    assert result.spec.seed == 7
    assert result.accuracy is not None
    assert result.accuracy > 0.8
    assert [(progress.step, progress.total) for progress in seen] == [(1, 1)]


def test_a_failed_trial_is_a_usage_error(test_plugins: None) -> None:
    with pytest.raises(UsageError, match=r"raises-in-fit failed: RuntimeError: out of luck"):
        run_model("raises-in-fit", DIGITS, seed=0, threads=1)


def test_each_call_has_a_process_of_its_own() -> None:
    assert in_own_process(os.getpid) != os.getpid()


def test_an_error_comes_back_as_it_is() -> None:
    with pytest.raises(UsageError, match="there is no data set 'emnist'"):
        in_own_process(load_data, DataRequest("emnist"))


def test_a_process_that_dies_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="the process of _exit died"):
        in_own_process(os._exit, 1)
