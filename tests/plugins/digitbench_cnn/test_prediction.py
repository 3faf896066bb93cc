from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from digitbench import load_tensorflow
from digitbench.types import Images, available_cpus
from digitbench_cnn import CnnOptions

OPTIONS = CnnOptions(filters=(3, 4, 5), precision="bfloat16")


@pytest.fixture(scope="module")
def module() -> Any:
    load_tensorflow(available_cpus())
    from digitbench_cnn import prediction

    return prediction


@pytest.fixture
def network(module: Any) -> Any:
    """A network whose every weight and statistic is drawn; few images are clear to it."""
    made = module.Network(OPTIONS.filters, np.random.SeedSequence(1))
    random = np.random.default_rng(2)
    made.weights.assign_add(random.normal(0, 0.3, made.weights.shape))
    made.statistics.assign(random.uniform(0.2, 1.5, made.statistics.shape))
    return made


@pytest.fixture(scope="module")
def images() -> Images:
    """A third of them is blank but for a pixel: to such a network those are clear, noise is not."""
    found = np.random.default_rng(3).integers(0, 256, (1_200, 28, 28), dtype=np.uint8)
    found[::3] = 0
    found[::3, 14, 14] = np.arange(400) % 256
    return found


@pytest.fixture
def exact_counts(module: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of how many images float32 was asked for, call by call."""
    counts: list[int] = []
    asked: Callable[..., Any] = module.Prediction.probabilities

    def counted(self: Any, images: Images) -> Any:
        counts.append(len(images))
        return asked(self, images)

    monkeypatch.setattr(module.Prediction, "probabilities", counted)
    return counts


def test_digits_are_those_of_the_probabilities(
    module: Any, network: Any, images: Images, exact_counts: list[int]
) -> None:
    found = module.Prediction(network, OPTIONS)
    digits = found.digits(images)
    assert len(exact_counts) == 1
    assert 0 < exact_counts[0] < len(images)
    np.testing.assert_array_equal(digits, found.probabilities(images).argmax(axis=1))
    assert digits.dtype == np.uint8


def test_bfloat16_alone_would_give_others(
    module: Any, network: Any, images: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLOSE", -1.0)
    found = module.Prediction(network, OPTIONS)
    assert (found.digits(images) != found.probabilities(images).argmax(axis=1)).any()


def test_of_few_images_or_in_float32_the_probabilities_decide(
    module: Any, network: Any, images: Images, exact_counts: list[int]
) -> None:
    module.Prediction(network, OPTIONS).digits(images[:20])
    exact = OPTIONS.model_copy(update={"precision": "float32"})
    module.Prediction(network, exact).digits(images)
    assert exact_counts == [20, len(images)]


def test_where_nothing_is_a_number_float32_decides(
    module: Any, network: Any, images: Images, exact_counts: list[int]
) -> None:
    network.weights.assign(np.full(network.weights.shape, np.nan, np.float32))
    digits = module.Prediction(network, OPTIONS).digits(images)
    assert exact_counts == [len(images)]
    assert digits.max() == 0


def test_images_without_a_doubt_ask_float32_for_none(module: Any, network: Any) -> None:
    alike = np.zeros((300, 28, 28), np.uint8)
    found = module.Prediction(network, OPTIONS)
    probabilities = np.sort(found.probabilities(alike[:1])[0])
    assert probabilities[-1] > 2 * probabilities[-2]
    np.testing.assert_array_equal(found.digits(alike), found.probabilities(alike).argmax(axis=1))
