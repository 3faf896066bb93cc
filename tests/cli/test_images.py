"""The test images of a stored run: loaded once more, or one warning that says why not."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from builders import made_run
from digitbench.cli.streams import results_apart
from digitbench.datasets import loaders
from digitbench.datasets.bundled import DIGITS_FINGERPRINT, DigitsLoader
from digitbench.datasets.load import load_dataset
from digitbench.display.messages import RichMessages
from digitbench.plugins import PluginHost, load_plugins
from digitbench.types import DataContext, RunPlan, RunRecord
from digitbench.workflows.images import load_test_images

PluginFile = Callable[[str], Path]


@pytest.fixture
def record_of(
    plan_of: Callable[..., RunPlan], host_of: Callable[..., PluginHost]
) -> Callable[[str, str], RunRecord]:
    """Return a function that makes a run, without trials, on a named data set."""

    def make(name: str, fingerprint_: str) -> RunRecord:
        plan = plan_of(host_of("centroid"), "centroid")
        dataset = plan.dataset.model_copy(update={"name": name, "fingerprint": fingerprint_})
        return made_run(plan.model_copy(update={"dataset": dataset}))

    return make


@pytest.fixture
def messages() -> RichMessages:
    """Return messages that are kept in a file."""
    return RichMessages(Console(file=io.StringIO(), width=400))


def said(messages: RichMessages) -> str:
    assert isinstance(messages.console.file, io.StringIO)
    return messages.console.file.getvalue()


def test_the_images_of_the_bundled_digits_come_in_the_order_of_the_labels(
    record_of: Callable[[str, str], RunRecord], messages: RichMessages, tmp_path: Path
) -> None:
    record = record_of("digits", DIGITS_FINGERPRINT)
    found = load_test_images(record, data_dir=None, offline=True, messages=messages)
    test = DigitsLoader("digits")(DataContext(tmp_path)).test
    assert found is not None
    assert np.array_equal(found, test.images)
    assert said(messages) == ""


def test_a_data_directory_for_others_does_not_keep_the_bundled_digits_away(
    record_of: Callable[[str, str], RunRecord], messages: RichMessages, tmp_path: Path
) -> None:
    record = record_of("digits", DIGITS_FINGERPRINT)
    assert load_test_images(record, data_dir=tmp_path, offline=True, messages=messages) is not None


def test_a_plugin_s_data_set_is_loaded_and_what_it_prints_is_no_result(
    record_of: Callable[[str, str], RunRecord],
    messages: RichMessages,
    plugin_file: PluginFile,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    files = [plugin_file("elsewhere"), plugin_file("chatty")]
    spec = load_plugins(files=files).datasets["tiny"].spec
    loaded = load_dataset(spec, DataContext(tmp_path))
    capsys.readouterr()
    record = record_of("tiny", loaded.fingerprint)
    with results_apart():  # as in every command
        found = load_test_images(
            record, data_dir=None, offline=True, messages=messages, plugin_files=files
        )
    assert found is not None
    assert np.array_equal(found, loaded.dataset.test.images)
    out, err = capsys.readouterr()
    assert out == ""
    assert "chatter at import" in err


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("mnist", "mnist is not on this machine, and downloads are off"),
        ("idx", "name their directory with --data-dir"),
        ("nowhere", "there is no data set 'nowhere'; there are: mnist, "),
        ("digits", "has the fingerprint cc5a, the run's data 000000000000; name the directory"),
    ],
)
def test_what_cannot_be_had_is_one_warning(
    record_of: Callable[[str, str], RunRecord],
    messages: RichMessages,
    workdir: Path,
    name: str,
    reason: str,
) -> None:
    record = record_of(name, "0" * 64)
    assert load_test_images(record, data_dir=None, offline=True, messages=messages) is None
    text = said(messages)
    assert text.startswith("warning: the digits cannot be drawn: ")
    assert reason.replace("cc5a", DIGITS_FINGERPRINT[:12]) in text
    assert text.count("\n") == 1


def test_a_damaged_file_is_one_warning(
    record_of: Callable[[str, str], RunRecord], messages: RichMessages, tmp_path: Path
) -> None:
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (tmp_path / f"{name}-ubyte").write_bytes(b"not an IDX file")
    record = record_of("idx", "0" * 64)
    assert load_test_images(record, data_dir=tmp_path, offline=True, messages=messages) is None
    assert said(messages).count("warning: the digits cannot be drawn: ") == 1


def test_offline_nothing_is_downloaded(
    record_of: Callable[[str, str], RunRecord],
    messages: RichMessages,
    workdir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began = []
    monkeypatch.setattr(loaders, "download", lambda *arguments: began.append(arguments))
    record = record_of("mnist", "0" * 64)
    assert load_test_images(record, data_dir=None, offline=True, messages=messages) is None
    assert not began
    load_test_images(record, data_dir=None, offline=False, messages=messages)
    assert began
