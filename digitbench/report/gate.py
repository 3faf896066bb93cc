"""A check for people and programs: for the terminal, as Markdown, and as a JSON document."""

from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from digitbench.analysis.gate.decision import Decision, GateKind, GateOutcome
from digitbench.analysis.gate.images import ChangedImage
from digitbench.analysis.gate.judgement import CheckedModel, Judgement
from digitbench.printable import printable
from digitbench.report.gate_words import (
    advice,
    finding,
    footing,
    foresight,
    headline,
    image_words,
    images_summary,
    quality,
    title,
)
from digitbench.report.tables.markdown import code, escaped, prose
from digitbench.report.terminal_images import CaptionedDigit, DigitGallery
from digitbench.types import Images

__all__ = [
    "check_document",
    "check_markdown",
    "check_report",
    "failing_models",
    "foresight",
    "headline",
    "worst_images",
]

DOCUMENT_VERSION = 1
SHOWN_IMAGES = 6
"""Images that are drawn of a model that failed; they fit side by side on 120 columns."""

_LISTED_IMAGES = 20
_STYLES = {
    GateOutcome.PASS: "green",
    GateOutcome.FAIL: "bold red",
    GateOutcome.INCONCLUSIVE: "yellow",
}
_MARKS = {GateOutcome.PASS: "✅", GateOutcome.FAIL: "❌", GateOutcome.INCONCLUSIVE: "⚠️"}


def check_report(check: Judgement, images: Images | None = None) -> RenderableType:
    """Return a check for the terminal: a paragraph for each gate, then what became wrong.

    Args:
        check: what was found.
        images: the test images, to draw the worst of them; None if they are not there.
    """
    parts: list[RenderableType] = []
    for decision in check.decisions:
        outcome = decision.outcome
        head = Text.assemble(
            (outcome.value.upper(), _STYLES[outcome]),
            f"  {printable(decision.gate.model)}: {title(decision)}",
        )
        if decision.gate.kind is GateKind.TRIALS and outcome is GateOutcome.PASS:
            parts.append(head.append(printable(f", {finding(decision, check)}")))
            continue
        parts += [
            head,
            Padding(Text(printable(finding(decision, check))), (0, 0, 0, 6), expand=False),
        ]
        if why := advice(decision, check):
            parts.append(Padding(Text(printable(why)), (0, 0, 0, 6), expand=False))
        if decision.gate.kind is not GateKind.TRIALS:
            parts.append(
                Padding(Text(quality(decision, check), style="dim"), (0, 0, 0, 6), expand=False)
            )
    for model in failing_models(check):
        if worst_images(model, 1):
            parts += ["", *_became_wrong(model, images)]
    style = "bold green" if check.passed else "bold red"
    parts += ["", *(Text(printable(line), style="dim") for line in footing(check))]
    return Group(*parts, Text(headline(check), style=style))


def failing_models(check: Judgement) -> list[CheckedModel]:
    """Return the models whose accuracy failed a gate."""
    kinds = (GateKind.DROP, GateKind.ACCURACY, GateKind.CLASS_ACCURACY)
    failed = {
        decision.gate.model
        for decision in check.decisions
        if decision.outcome is GateOutcome.FAIL
        and decision.gate.kind in kinds
        and decision.gate.test_set is None
    }
    return [model for model in check.models if model.label in failed]


def worst_images(model: CheckedModel, most: int) -> tuple[ChangedImage, ...]:
    """Return the images of a model that became wrong in the most trials."""
    if model.images is None:
        return ()
    return (model.images.became_wrong or model.images.worse)[:most]


def check_markdown(check: Judgement) -> str:
    """Return a check as Markdown, for a job's summary or a comment."""
    lines = [f"### digitbench check {headline(check)}", ""]
    lines += ["| | Model | Gate | Found | How good the gate is |", "|---|---|---|---|---|"]
    for decision in check.decisions:
        found = "; ".join(filter(None, (finding(decision, check), advice(decision, check))))
        good = "" if decision.gate.kind is GateKind.TRIALS else quality(decision, check)
        mark = f"{_MARKS[decision.outcome]} {decision.outcome.value}"
        cells = (mark, code(decision.gate.model), *map(escaped, (title(decision), found, good)))
        lines.append(f"| {' | '.join(cells)} |")
    for model in failing_models(check):
        if (summary := images_summary(model)) and worst_images(model, 1):
            lines += ["", f"**{prose(summary, [model.label])}**", ""]
            lines += [f"- {image_words(i)}" for i in worst_images(model, _LISTED_IMAGES)]
    lines += ["", *(f"{escaped(line)}  " for line in footing(check))]
    return "\n".join(lines) + "\n"


def check_document(check: Judgement) -> dict[str, Any]:
    """Return a check as plain values that `json.dumps` takes; `docs/ci.md` explains them."""
    return {
        "document_version": DOCUMENT_VERSION,
        "run": check.record.id,
        "baseline_run": check.baseline.run if check.baseline else None,
        "passed": check.passed,
        "outcome": check.outcome.value,
        "on_inconclusive": check.settings.on_inconclusive,
        "false_alarms": check.false_alarms,
        "looks": check.looks,
        "gates": [_gate(decision, check) for decision in check.decisions],
        "models": [_model(model) for model in check.models],
    }


def _became_wrong(model: CheckedModel, images: Images | None) -> Iterator[RenderableType]:
    summary = images_summary(model)
    if summary is None:
        return
    yield Text(printable(summary), style="bold")
    worst = worst_images(model, SHOWN_IMAGES)
    if images is None:
        yield from (
            Padding(Text(image_words(image)), (0, 0, 0, 6), expand=False) for image in worst
        )
        return
    yield DigitGallery([CaptionedDigit(images[image.index], _caption(image)) for image in worst])


def _caption(image: ChangedImage) -> tuple[str, ...]:
    return (
        f"image {image.index}",
        f"a {image.digit}, not {image.taken_for}",
        f"wrong {image.wrong_now} of {image.trials_now}",
        f"before {image.wrong_then} of {image.trials_then}",
    )


def _gate(decision: Decision, check: Judgement) -> dict[str, Any]:
    gate, worst = decision.gate, decision.worst
    return {
        "model": gate.model,
        "kind": gate.kind.value,
        "reference": gate.reference,
        "test_set": gate.test_set,
        "outcome": decision.outcome.value,
        "found": finding(decision, check),
        "problem": gate.problem,
        "unchanged": gate.unchanged,
        "measured": worst.measured if worst else None,
        "limit": worst.limit if worst else None,
        "digit": worst.digit if worst else None,
        "failing_digits": [f.digit for f in decision.failing if f.digit is not None],
        "trial_std": worst.contrast.std if worst else None,
        "p_value": decision.p_adjusted,
        "false_alarms": decision.false_alarms,
        "smallest_drop": decision.smallest_drop,
    }


def _model(model: CheckedModel) -> dict[str, Any]:
    changed = model.images
    return {
        "model": model.label,
        "accuracies": list(map(float, model.now.accuracies)) if model.now else [],
        "baseline_accuracies": list(model.then.accuracies) if model.then else [],
        "became_right": changed.became_right if changed else None,
        "became_wrong": [
            {
                "image": image.index,
                "digit": image.digit,
                "taken_for": image.taken_for,
                "wrong": image.wrong_now,
                "trials": image.trials_now,
                "baseline_wrong": image.wrong_then,
                "baseline_trials": image.trials_then,
            }
            for image in (changed.became_wrong if changed else ())
        ],
    }
