"""What the checks of a model found, in words and as values."""

from rich.console import Console

from digitbench.report.conformance import conformance_document, conformance_tables
from digitbench.testing import CheckFailure, CheckResult, CheckSkipped
from digitbench.testing.checks import CHECKS

RESULTS = [
    CheckResult(CHECKS["learns"], 1.25),
    CheckResult(CHECKS["pickling"], 0.0, CheckSkipped("not claimed")),
    CheckResult(CHECKS["one_image"], 0.5, CheckFailure("one digit", "[none]", "Mend it.")),
]


def text(width: int = 160) -> str:
    console = Console(width=width)
    with console.capture() as capture:
        console.print(conformance_tables({"knn[k=1]": RESULTS}))
    return capture.get()


def test_each_check_has_its_outcome_and_a_reason() -> None:
    lines = {line.split()[0]: line for line in text().splitlines() if line.strip()}
    assert "passed" in lines["learns"]
    assert "1.2 s" in lines["learns"]
    assert CHECKS["learns"].summary in lines["learns"]
    assert lines["pickling"].rstrip().endswith("not claimed")
    assert "expected one digit; found [none]. Mend it." in lines["one_image"]


def test_the_sum_and_the_model_are_told_brackets_and_all() -> None:
    assert "knn[k=1]: 1 passed, 1 failed, 1 skipped in 1.8 s" in text()
    assert text().lstrip().startswith("knn[k=1]\n") or "knn[k=1]  " in text()


def test_a_narrow_terminal_loses_nothing() -> None:
    words = " ".join(text(60).split())
    assert "Mend it." in words
    assert max(map(len, text(60).splitlines())) <= 60


def test_values_are_null_where_there_is_nothing_to_say() -> None:
    (model,) = conformance_document({"knn[k=1]": RESULTS})["models"]
    assert model["conforms"] is False
    passed, skipped, failed = model["checks"]
    assert (passed["reason"], passed["expected"]) == (None, None)
    assert (skipped["reason"], skipped["advice"]) == ("not claimed", None)
    assert (failed["expected"], failed["found"], failed["advice"]) == (
        "one digit",
        "[none]",
        "Mend it.",
    )
