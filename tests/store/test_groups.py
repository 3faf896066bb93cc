"""The groups of a run's test images: kept with it, and damaged ones refused."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from builders import made_environment
from digitbench.datasets.published import MNIST
from digitbench.datasets.writers import known_groups
from digitbench.errors import StoreError
from digitbench.plugins import PluginHost
from digitbench.runner.engines.inline import InlineEngine
from digitbench.runner.resume import resumption
from digitbench.runner.run import resume_run, run_plan
from digitbench.store import create_run, read_run
from digitbench.store.layout import TEST_GROUPS
from digitbench.types import Groups, RunPlan, TrialData

NUMBERS = (np.arange(40) // 4).astype(np.int32)
GROUPS = Groups("writer", NUMBERS, NUMBERS % 2, ("staff", "students, \u00fc"))
ENVIRONMENT = made_environment()


@pytest.fixture
def plan(host_of: Callable[..., PluginHost], plan_of: Callable[..., RunPlan]) -> RunPlan:
    """A plan of data whose writers are known."""
    plan = plan_of(host_of("centroid"), "centroid[noise=3]", trials=1)
    dataset = plan.dataset.model_copy(update={"groups": "writer"})
    return plan.model_copy(update={"dataset": dataset})


@pytest.fixture
def data(tiny_data: TrialData) -> TrialData:
    return replace(tiny_data, test=replace(tiny_data.test, groups=GROUPS))


@pytest.fixture
def run_path(
    plan: RunPlan, data: TrialData, host_of: Callable[..., PluginHost], tmp_path: Path
) -> Path:
    return run_plan(plan, host_of("centroid"), data, InlineEngine(), tmp_path)


def assert_same(found: Groups | None, expected: Groups) -> None:
    assert found is not None
    assert (found.name, found.stratum_names) == (expected.name, expected.stratum_names)
    np.testing.assert_array_equal(found.numbers, expected.numbers)
    np.testing.assert_array_equal(found.strata, expected.strata)


def test_groups_come_back_as_they_were(run_path: Path) -> None:
    assert_same(read_run(run_path).test_groups, GROUPS)


def test_a_run_that_is_taken_up_again_keeps_them(
    run_path: Path, plan: RunPlan, data: TrialData, host_of: Callable[..., PluginHost]
) -> None:
    wanted = plan.model_copy(update={"trials": 2})
    found = resumption(run_path, read_run(run_path), wanted)
    resume_run(found, host_of("centroid"), data, InlineEngine())
    record = read_run(run_path)
    assert len(record.results) == 2
    assert_same(record.test_groups, GROUPS)


def npz(**changed: object) -> bytes:
    arrays = {
        "name": np.array("writer"),
        "numbers": GROUPS.numbers,
        "strata": GROUPS.strata,
        "stratum_names": np.array(GROUPS.stratum_names),
    }
    file = io.BytesIO()
    np.savez_compressed(file, **{k: v for k, v in (arrays | changed).items() if v is not None})  # type: ignore[arg-type]
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"not an archive",
        npz()[:200],
        npz()[:-60] + b"x" * 60,
        npz(numbers=None),
        npz(numbers=GROUPS.numbers[:39], strata=GROUPS.strata[:39]),
        npz(strata=GROUPS.strata[:39]),
        npz(numbers=GROUPS.numbers.astype(np.int64)),
        npz(numbers=np.array([{}], object)),
        npz(stratum_names=np.array(["one"])),
        npz(stratum_names=np.array(3)),
    ],
    ids=[
        "gone",
        "empty",
        "other",
        "cut short",
        "overwritten",
        "incomplete",
        "too few",
        "unequal",
        "other numbers",
        "pickled",
        "without names",
        "no names",
    ],
)
def test_a_damaged_file_is_named(content: bytes | None, run_path: Path) -> None:
    file = run_path / TEST_GROUPS
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    with pytest.raises(StoreError, match=TEST_GROUPS) as refused:
        read_run(run_path)
    assert "\n" not in str(refused.value)


def of_mnist(plan: RunPlan, test_size: int) -> RunPlan:
    changed = {"groups": None, "fingerprint": MNIST.fingerprint, "test_size": test_size}
    return plan.model_copy(update={"dataset": plan.dataset.model_copy(update=changed)})


def test_a_run_from_before_there_were_groups_has_those_of_mnists_images(
    plan: RunPlan, tmp_path: Path
) -> None:
    labels = np.zeros(10_000, np.uint8)
    old = create_run(tmp_path, of_mnist(plan, 10_000), ENVIRONMENT, labels).path
    assert not (old / TEST_GROUPS).exists()
    known = known_groups(str(MNIST.fingerprint))
    assert known is not None
    assert_same(read_run(old).test_groups, known[1])


def test_a_run_of_other_images_has_none(plan: RunPlan, tmp_path: Path) -> None:
    labels = np.zeros(40, np.uint8)
    other = plan.dataset.model_copy(update={"groups": None})
    without = plan.model_copy(update={"dataset": other})
    assert read_run(create_run(tmp_path, without, ENVIRONMENT, labels).path).test_groups is None
    odd = create_run(tmp_path, of_mnist(plan, 40), ENVIRONMENT, labels).path
    assert read_run(odd).test_groups is None
