"""What a diagnosis says of variables; passwords in them are not shown."""

from digitbench.report.diagnosis import Level
from digitbench.runner.environment import describe_environment
from digitbench.workflows.health.settings import of_settings


def test_variables_and_secrets() -> None:
    steered = {"OMP_NUM_THREADS": "1", "TF_ENABLE_ONEDNN_OPTS": "0"}
    environment = describe_environment().model_copy(update={"variables": steered})
    variables = {"DIGITBENCH_MLFLOW": "https://me:secret@host/x", "https_proxy": "http://p:w@q"}
    found = list(of_settings(None, None, environment, variables))
    levels = {f.text.partition("=")[0]: f.level for f in found}
    assert levels["OMP_NUM_THREADS"] == Level.OK
    assert [f.level for f in found if f.text.startswith("TF_ENABLE")] == [Level.WARNING]
    text = " ".join(finding.text for finding in found)
    assert "secret" not in text
    assert "p:w" not in text
    assert "https_proxy" in text
