"""The pictures of the pages on writers, drawn from the figures that the scripts left as JSON."""

from collections import defaultdict
from typing import Any

from benchlib.svg import BOTTOM, LEFT, RIGHT, TOP, WIDTH, Axis, Chart, across, percent

Document = dict[str, Any]
CURVES = ("softmax", "svm", "cnn")
WORDS = ("images taken for independent", "writers known")
WAYS = ("plain", "grouped")
_NAMES = 150.0


def errors_by_series(findings: Document) -> str:
    """Draw the errors of each model on the two series."""
    models = findings["models"]
    names = [series["name"] for series in findings["series"]]
    chart = Chart(
        "Errors on the digits of each series, in % of its images",
        TOP + BOTTOM + 12 + 34 * len(models),
    )
    highest = max(max(model["errors_by_series"]) for model in models)
    ticks = [number / 50 for number in range(int(50 * highest) + 1)]
    axis = across(0, highest * 1.08, ticks, LEFT + _NAMES)
    chart.horizontal(axis)
    for row, model in enumerate(models):
        y = TOP + 6 + 34 * row
        chart.text(axis.start - 8, y + 15, short(model["label"]), "end", "name")
        for place, errors in enumerate(model["errors_by_series"]):
            end = axis.at(errors)
            chart.bar(axis.start, y + 12 * place, end - axis.start, 10, place)
            chart.text(end + 5, y + 12 * place + 9, f"{100 * errors:.2f}")
    kinds = zip(names, ("employees", "students"), strict=True)
    chart.legend([f"{name} ({kind})" for name, kind in kinds], WIDTH - 150, TOP + 40)
    return chart.svg()


def errors_by_writer(findings: Document) -> str:
    """Draw what share of the errors the worst writers make, beside what chance gives."""
    chart = Chart("Share of the errors made by the worst writers (dashed: by chance)", 340)
    across_axis = across(0, 1, (0, 0.1, 0.25, 0.5, 0.75, 1))
    up = Axis(0, 1, 340 - BOTTOM, TOP, (0, 0.25, 0.5, 0.75, 1), percent)
    chart.horizontal(across_axis, "share of the writers, those with the most errors first")
    chart.vertical(up)
    found = {model["label"]: model for model in findings["models"]}
    shown = [label for label in CURVES if label in found]
    for colour, label in enumerate(shown):
        for name, kind in (("curve", "line"), ("curve_by_chance", "thin")):
            values = found[label][name]
            points = [
                (across_axis.at((place + 1) / len(values)), up.at(value))
                for place, value in enumerate(values)
            ]
            chart.line([(across_axis.at(0), up.at(0)), *points], f"{kind} c{colour}")
    chart.legend(shown, WIDTH - 110, 340 - BOTTOM - 60)
    return chart.svg()


def coverage(rates: Document) -> str:
    """Draw how often intervals of accuracies hold the truth, by ICC, each setting a dot."""
    chart = Chart("Intervals that hold the accuracy over new writers, simulated (95 % is due)", 300)
    by_icc: dict[float, list[dict[str, float]]] = defaultdict(list)
    for cell in rates["cells"]:
        by_icc[cell["cell"]["icc"]].append(cell["rates"])
    up = Axis(0.5, 1, 300 - BOTTOM, TOP, (0.5, 0.6, 0.7, 0.8, 0.9, 1), percent)
    chart.vertical(up)
    chart.line([(LEFT, up.at(0.95)), (WIDTH - RIGHT, up.at(0.95))], "due")
    step = (WIDTH - LEFT - RIGHT) / len(by_icc)
    for place, (icc, cells) in enumerate(sorted(by_icc.items())):
        middle = LEFT + step * (place + 0.5)
        chart.text(middle, 300 - BOTTOM + 16, f"ICC {icc:g}", "middle")
        for colour, way in enumerate(reversed(WAYS)):
            for number, found in enumerate(cells):
                x = middle + (38 if way == "grouped" else -38) + 4 * (number - len(cells) / 2)
                chart.dot(x, up.at(max(0.5, found[f"accuracy {way}"])), colour)
    chart.legend(WORDS[::-1], LEFT + 14, 300 - BOTTOM - 34)
    return chart.svg()


def real_pairs(rates: Document) -> str:
    """Draw how often intervals hold the truth when real writers are drawn anew."""
    chart = Chart("Real writers drawn anew: intervals that hold the truth (95 % is due)", 250)
    axis = across(0.7, 1, (0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1), LEFT + 90)
    chart.horizontal(axis)
    chart.line([(axis.at(0.95), TOP), (axis.at(0.95), 250 - BOTTOM)], "due")
    shares = rates["tallies"]["one training"]["shares"]
    rows = [(pairs, way) for pairs in (False, True) for way in WAYS]
    for row, (pairs, way) in enumerate(rows):
        y = TOP + 20 + 40 * row
        words = ("pairs" if pairs else "accuracies", "writers" if way == "grouped" else "images")
        chart.text(axis.start - 10, y + 4, ", ".join(words), "end", "name")
        values = [share for name, share in shares[way].items() if (" - " in name) is pairs]
        for number, value in enumerate(sorted(values)):
            chart.dot(axis.at(max(0.7, value)), y + 5 * (number % 5 - 2), WAYS[::-1].index(way))
    return chart.svg()


def intervals(findings: Document) -> str:
    """Draw the intervals of each model's accuracy with and without writers."""
    models = findings["models"]
    chart = Chart("95 % intervals of accuracies", TOP + BOTTOM + 12 + 28 * len(models))
    ends = [end for model in models for found in model["intervals"].values() for end in found or ()]
    low, high = min(ends) - 0.001, min(1.0, max(ends) + 0.001)
    ticks = [number / 100 for number in range(85, 101) if low <= number / 100 <= high]
    axis = across(low, high, ticks, LEFT + _NAMES)
    chart.horizontal(axis)
    for row, model in enumerate(models):
        y = TOP + 14 + 28 * row
        chart.text(axis.start - 8, y + 6, short(model["label"]), "end", "name")
        for colour, way in enumerate(reversed(WAYS)):
            found = model["intervals"][way]
            if found is not None:
                chart.interval(axis, found, y + (6 if way == "plain" else -4), colour)
    chart.legend(WORDS[::-1], LEFT + _NAMES + 14, TOP + 20)
    return chart.svg()


def short(label: str) -> str:
    """Leave out where a model of scikit-learn comes from."""
    return label.rsplit(".", 1)[-1] if ":" in label else label


PICTURES = {
    "errors-by-series": ("findings", errors_by_series),
    "errors-by-writer": ("findings", errors_by_writer),
    "intervals": ("findings", intervals),
    "coverage": ("coverage", coverage),
    "real-writers": ("real", real_pairs),
}
"""Each picture, the figures it is drawn from, and how."""
