"""The application as the command puts it together: kept models and pictures as they really are."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from digitbench.serve.assembly import application
from digitbench.workflows.messages import SilentMessages
from digitbench.workflows.report import ReportData
from drawn_digits import ink_of, on_paper
from served import serving_application

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with two runs: both kept `softmax`, the second one `knn` as well."""
    runs = tmp_path_factory.mktemp("kept")
    for models in ("softmax", "softmax,knn"):
        options = ["--dataset", "digits", "--offline", "-t", "1", "--runs-dir", str(runs)]
        command = [sys.executable, "-m", "digitbench", "run", "-m", models, *options]
        subprocess.run(command, check=True, capture_output=True)
    return runs


def test_the_newest_kept_model_of_each_label_reads_a_drawing(runs: Path) -> None:
    file = io.BytesIO()
    Image.fromarray(on_paper(ink_of((200, 200), [(7, 40, 30, 130)]))).save(file, "JPEG")
    made = application(runs, (), SilentMessages(), ReportData(offline=True))
    with serving_application(made) as client:
        page = client.get("/").text
        headers = {"content-type": "image/jpeg"}
        answer = client.post("/read", content=file.getvalue(), headers=headers)
        garbage = client.post("/read", content=b"garbage", headers=headers)
    found, *said = map(json.loads, answer.text.splitlines())
    newest = max(path.name for path in runs.iterdir())
    assert page.count("data-model=") == 2
    assert page.count(f'href="/runs/{newest}"') == 2
    assert page.count(" % right on digits</a>") == 2
    assert len(found["digits"]) == 1
    assert {len(line["labels"]) for line in said} == {1}
    assert all(abs(sum(line["probabilities"][0]) - 1) < 1e-3 for line in said)
    assert garbage.status_code == 422
    assert "save it as JPEG or PNG" in garbage.json()["error"]


def test_models_are_chosen(runs: Path) -> None:
    older, newer = sorted(path.name for path in runs.iterdir())
    names = f"{older}:softmax", f"{newer}:softmax"
    made = application(runs, names, SilentMessages(), ReportData(offline=True))
    with serving_application(made) as client:
        page = client.get("/").text
    for run in (older, newer):
        assert f'data-name="softmax of {run}"' in page
