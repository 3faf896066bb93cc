"""Test sets found among what plugins offer, loaded, checked and planned."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from digitbench.datasets.load import LoadedDataset, load_dataset
from digitbench.datasets.test_sets import QUICK_IMAGES, fingerprint_of
from digitbench.errors import UsageError
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.engines.shared_data import share
from digitbench.runner.resolve import find_dataset
from digitbench.runner.set_requests import SetRequest, parse_test_sets
from digitbench.runner.wanted_sets import (
    LoadedSets,
    check_classes,
    load_sets,
    resolve_test_sets,
)
from digitbench.types import DataContext, DatasetSpec, TrialData

Load = Callable[..., LoadedSets]
BAD = {
    "wrong_shape": "images must be uint8 of shape (n, 28, 28), not uint8 (5, 32, 32)",
    "wrong_labels": "labels must be 0 to 9, found 10",
    "huge": "a test set has 10,000,000 images; the most are 2,000,000",
    "raises": "its loader failed (ZeroDivisionError: no camera); tell the plugin's author",
    "exits": "its loader failed (SystemExit: goodbye); tell the plugin's author",
    "hungry": "its loader failed (MemoryError: Unable to allocate 1.00 PiB for an array with shape "
    "(1125899906842624,) and data type uint8); tell the plugin's author",
    "unavailable": "its files are not here: give --data-dir",
    "no_set": "its loader returned dict, not a digitbench.TestSet; tell the plugin's author",
    "bad_name": "its condition 'Shot Noise' has a bad name: use lower-case letters, digits, dashes "
    "and underscores; tell the plugin's author",
    "far_positions": "it names the test image 40, counted from 0, and tiny has 40 here",
}


@pytest.fixture(scope="session")
def host(host_of: Callable[..., PluginHost]) -> PluginHost:
    found = host_of("elsewhere", "further_sets")
    assert found.failures == []
    return found


@pytest.fixture
def loaded(host: PluginHost, tmp_path: Path) -> LoadedDataset:
    return load_dataset(host.datasets["tiny"].spec, DataContext(tmp_path))


@pytest.fixture
def load(host: PluginHost, loaded: LoadedDataset, tmp_path: Path) -> Load:
    """Return a function that loads test sets of the plugin."""

    def sets(text: str, told: list[str] | None = None, *, quick: bool = False) -> LoadedSets:
        wanted = resolve_test_sets(parse_test_sets(text), host)
        tell = pytest.fail if told is None else told.append
        return load_sets(wanted, loaded, DataContext(tmp_path), tell, quick=quick)

    return sets


def test_a_plan_says_all_of_a_set(load: Load, host: PluginHost, tmp_path: Path) -> None:
    found = load("dim[by=2.0,steps=3],relabelled")
    dim, relabelled = found.planned
    assert (dim.label, dim.name, dim.argument) == ("dim[steps=3,by=2.0]", "dim", None)
    assert dim.options == {"steps": 3, "by": 2.0}
    assert dim.plugin.endswith("further_sets.py")
    assert dim.source == "the test images, darker"
    assert [condition.key for condition in dim.conditions] == ["dim@1", "dim@2", "dim@3"]
    assert (dim.size, relabelled.size) == (120, 40)
    voted, flipped = relabelled.conditions
    assert (voted.size, voted.of_test, voted.paired) == (20, True, True)
    assert (flipped.size, flipped.of_test, flipped.paired) == (40, False, False)
    assert list(found.test_sets) == [row.label for row in found.planned]
    assert dim.fingerprint == fingerprint_of(found.test_sets[dim.label])
    assert load("dim[steps=3,by=2]").planned[0].fingerprint == dim.fingerprint
    assert load("dim[steps=3,by=3]").planned[0].fingerprint != dim.fingerprint


def test_what_a_set_gives_is_read_only(load: Load) -> None:
    (test_set,) = load("negative").test_sets.values()
    (condition,) = test_set.conditions
    assert condition.images is not None
    with pytest.raises(ValueError, match="read-only"):
        condition.images[0] = 0


def test_arrays_of_any_kind_are_made_plain(load: Load, loaded: LoadedDataset) -> None:
    (test_set,) = load("masked").test_sets.values()
    images = test_set.conditions[0].images
    assert type(images) is np.ndarray
    assert images.flags.c_contiguous
    assert np.array_equal(images, loaded.dataset.test.images)


def test_images_of_a_file_that_is_gone_reach_other_processes(
    load: Load, loaded: LoadedDataset, tmp_path: Path
) -> None:
    test = loaded.dataset.test
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    data = TrialData(loaded.dataset.train, None, test, load("gone").test_sets)
    found = share(data, scratch).open().test_sets["gone"].conditions[0]
    assert found.images is not None
    assert np.array_equal(found.images, test.images)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("negatve", "there is no test set 'negatve'; did you mean negative?"),
        ("tinny", "there is no test set 'tinny'; did you mean tiny?"),
        ("corruptions", "there is no test set 'corruptions'; there are: grey, negative, dim"),
        ("dim[step=3]", "test set 'dim' has no option 'step'; its options: steps, by"),
        ("dim[steps=10]", "test set 'dim', option steps=10: Input should be less than"),
        ("negative:x", "test set 'negative' takes nothing after a colon: leave out ':x'"),
        ("place", "test set 'place' needs more: write place:DIR"),
        ("tiny[steps=1]", "test set 'tiny' has no option 'steps'; its options: none"),
        ("dim,dim[steps=2]", "--test-sets names one set twice: dim and dim[steps=2] are the same"),
        ("place:a,place:./a", "--test-sets names one set twice: place:a and place:./a are the"),
        ("place:~nobody-here/a", "there is no such home directory: ~nobody-here/a"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_loaded(
    host: PluginHost, text: str, message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        resolve_test_sets(parse_test_sets(text), host)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_set_is_left_out_in_one_line_and_the_others_stay(load: Load, name: str) -> None:
    told: list[str] = []
    found = load(f"negative,{name},dim", told)
    assert told == [f"test set {name} is left out: {BAD[name]}"]
    assert [row.error for row in found.planned] == [None, BAD[name], None]
    bad = found.planned[1]
    assert (bad.size, bad.conditions, bad.fingerprint, bad.source) == (0, (), "", "")
    assert list(found.test_sets) == ["negative", "dim"]


def test_what_follows_the_colon_reaches_the_loader_and_a_path_is_made_absolute(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    twice, place = load("named:2,place:my digits").planned
    assert (twice.label, twice.argument, twice.size) == ("named:2", "2", 80)
    assert (place.label, place.argument) == ("place:my digits", str(tmp_path / "my digits"))
    assert place.source == str(tmp_path / "my digits")


def test_groups_from_which_nothing_follows_are_left_out(
    load: Load, caplog: pytest.LogCaptureFixture
) -> None:
    (test_set,) = load("named:1").test_sets.values()
    assert test_set.conditions[0].groups is None
    assert "all images of test set named:1 are of one writer" in caplog.text


def test_a_data_set_stands_for_its_test_images(
    load: Load, host: PluginHost, loaded: LoadedDataset
) -> None:
    found = load("tiny")
    (row,) = found.planned
    assert (row.name, row.options, row.size) == ("tiny", {}, 40)
    assert row.source == loaded.dataset.source
    (condition,) = found.test_sets["tiny"].conditions
    assert np.array_equal(condition.labels, loaded.dataset.test.labels)
    assert condition.positions is None


def test_a_data_set_may_lie_in_a_directory_of_its_own(host: PluginHost, tmp_path: Path) -> None:
    seen: list[DataContext] = []
    spec = host.datasets["tiny"].spec

    def watched(context: DataContext) -> object:
        seen.append(context)
        return spec.load(context)

    entry = host.datasets["tiny"]
    patched = type(entry)(DatasetSpec("tiny", "Watched", watched), entry.plugin)  # type: ignore[arg-type]
    other = PluginHost()
    other.datasets["tiny"] = patched
    wanted = resolve_test_sets(parse_test_sets(f"tiny,tiny:{tmp_path}"), other)
    context = DataContext(tmp_path / "cache", data_dir=tmp_path / "of-the-run")
    loaded = load_dataset(spec, context)
    found = load_sets(wanted, loaded, context, pytest.fail)
    assert [row.label for row in found.planned] == ["tiny", f"tiny:{tmp_path}"]
    assert [one.data_dir for one in seen] == [None, tmp_path]


def test_other_classes_are_refused_and_the_run_s_own_data_set_too(host: PluginHost) -> None:
    tiny = host.datasets["tiny"].spec
    letters = DatasetSpec("letters", "Letters", tiny.load, classes=tuple("abcdefghij"))
    wanted = resolve_test_sets(parse_test_sets("negative,clothes"), host)
    check_classes(wanted, letters)
    with pytest.raises(UsageError, match="clothes has other classes than the run's data set tiny"):
        check_classes(wanted, tiny)
    (of_tiny,) = resolve_test_sets(parse_test_sets("tiny"), host)
    with pytest.raises(UsageError, match="tiny has other classes than the run's data set letters"):
        check_classes([of_tiny], letters)
    with pytest.raises(UsageError, match="tiny is the run's own data set"):
        check_classes([of_tiny], tiny)
    check_classes(resolve_test_sets([SetRequest("tiny", argument="elsewhere")], host), tiny)


def test_a_smoke_run_has_the_first_images_of_each_condition(load: Load) -> None:
    whole, part = load("named:9,relabelled"), load("named:9,relabelled", quick=True)
    assert [row.size for row in whole.planned] == [360, 40]
    assert [row.size for row in part.planned] == [QUICK_IMAGES, 40]
    assert part.planned[0].fingerprint != whole.planned[0].fingerprint
    assert part.planned[1].fingerprint == whole.planned[1].fingerprint
    (condition,) = part.test_sets["named:9"].conditions
    assert condition.images is not None
    assert len(condition.images) == len(condition.labels) == QUICK_IMAGES


def test_a_set_of_a_stored_plan_is_taken_up_again(
    load: Load, host: PluginHost, loaded: LoadedDataset, tmp_path: Path
) -> None:
    told: list[str] = []
    then = load("dim[steps=3],raises,negative", told).planned
    requests = [SetRequest.stored(row) for row in then]
    again = resolve_test_sets(requests, host)
    now = load_sets(again, loaded, DataContext(tmp_path), told.append)
    assert now.planned == then
    assert len(told) == 2


def test_a_test_set_is_no_data_set(host: PluginHost) -> None:
    with pytest.raises(UsageError, match="raises is a test set, not a data set: a run with --test"):
        find_dataset("raises", host)


def test_a_name_of_a_set_and_of_a_data_set_is_listed_once() -> None:
    with pytest.raises(UsageError, match="there are: ") as caught:
        resolve_test_sets(parse_test_sets("zzz"), load_plugins())
    names = str(caught.value).partition("there are: ")[2].split(", ")
    assert "pictures" in names
    assert len(names) == len(set(names))
