"""The tables on writers, made of the figures that the scripts left as JSON."""

from collections.abc import Callable, Iterable, Sequence
from math import inf, sqrt
from typing import Any

from benchlib.writer_pictures import WAYS, short

Document = dict[str, Any]
Rows = list[list[str]]

_CLOSE = (("pairs less than 1 point apart", 0.01), ("pairs less than 0.25 points apart", 0.0025))
CLOSEST = 12
"""So many pairs of models are listed, those whose accuracies are the closest."""
_LEAST_P = 0.0001
"""Smaller p-values are said to be below it."""


def table_of(name: str, document: Document) -> str:
    """Return a table of a page on writers, with a line on what its rates are worth.

    Args:
        name: one of `TABLES`.
        document: the figures that it is made of.
    """
    table = TABLES[name][1](document)
    return f"{table}\n\n{_runs(document)}" if "runs" in document else table


def _runs(document: Document) -> str:
    """Say how many runs rates are of, and what that makes them worth."""
    runs = document["runs"]
    errors = " and ".join(
        f"{100 * sqrt(p * (1 - p) / runs):.1f} at {100 * p:g}" for p in (0.95, 0.8)
    )
    return f"{runs:,} runs of each setting: a share has a standard error of {errors} %."


def series(findings: Document) -> str:
    """Say what the test set is made of."""
    rows = [
        [s["name"], str(s["writers"]), f"{s['images']:,}", f"{s['smallest']} to {s['largest']}"]
        for s in findings["series"]
    ]
    return markdown(["Series", "Writers", "Images", "Digits of a writer"], rows)


def models(findings: Document) -> str:
    """List the errors of each model by series and writer."""
    heads = ["Model", "Accuracy", *(f"Errors, {s['name']}" for s in findings["series"])]
    heads += ["Worst tenth", "by chance", "Faultless", "by chance", "ICC", "Design effect"]
    rows = [
        [
            f"`{m['label']}`",
            _percent(m["accuracy"], 2),
            *(_percent(errors, 2) for errors in m["errors_by_series"]),
            _percent(m["worst_tenth"]),
            _percent(m["worst_tenth_by_chance"]),
            str(m["faultless"]),
            f"{m['faultless_by_chance']:.0f}",
            f"{m['icc']:.3f}",
            f"{m['design_effect']:.2f}",
        ]
        for m in findings["models"]
    ]
    return markdown(heads, rows)


def accuracies(findings: Document) -> str:
    """List the accuracy of each model with its interval, before and now."""
    rows = [
        [
            f"`{m['label']}`",
            str(m["trials"]),
            _percent(m["accuracy"], 2),
            *(_interval(m["intervals"][way]) for way in WAYS),
        ]
        for m in findings["models"]
    ]
    return markdown(["Model", "Trials", "Accuracy", "Images independent", "Writers known"], rows)


def pairs(findings: Document) -> str:
    """List the closest pairs of models, before and now."""
    closest = sorted(findings["pairs"], key=lambda pair: pair["difference"])[:CLOSEST]
    heads = [
        "Pair",
        "Points",
        "Design effect",
        "p: images",
        "writers",
        "Verdict: images",
        "writers",
    ]
    rows = [
        [
            f"`{short(p['first'])}`, `{short(p['second'])}`",
            f"{100 * p['difference']:.2f}",
            f"{p['design_effect']:.2f}",
            *(_p_value(p["p_values"][way]) for way in WAYS),
            *(p["verdicts"][way] for way in WAYS),
        ]
        for p in closest
    ]
    return markdown(heads, rows)


def widths(findings: Document) -> str:
    """Say how much wider intervals become, and how many verdicts change."""
    every = findings["pairs"]
    rows = [["accuracies", str(len(findings["models"])), *_wider(findings["models"]), ""]]
    for words, most in (("pairs", inf), *_CLOSE):
        found = [pair for pair in every if pair["difference"] < most]
        changed = sum(pair["verdicts"]["plain"] != pair["verdicts"]["grouped"] for pair in found)
        rows.append([words, str(len(found)), *_wider(found), str(changed)])
    return markdown(["", "Number", "Design effect", "Times as wide", "Verdicts changed"], rows)


def _wider(found: Sequence[Document]) -> list[str]:
    """Return the ranges of design effects and of the widths with writers over those without."""
    times = []
    for entry in found:
        grouped, plain = entry["intervals"]["grouped"], entry["intervals"]["plain"]
        if grouped is not None and plain is not None:
            times.append((grouped[1] - grouped[0]) / (plain[1] - plain[0]))
    return [_plain_range([entry["design_effect"] for entry in found]), _plain_range(times)]


def coverage(rates: Document) -> str:
    """Give the lowest and the highest rate of each ICC."""
    return _by_icc(rates["cells"], ("accuracy", "difference", "false"))


def by_accuracy(rates: Document) -> str:
    """Give the same by accuracy, for models whose errors come by writers."""
    cells = [cell for cell in rates["cells"] if cell["cell"]["icc"] > 0]
    return _ranges(cells, "Accuracy", _accuracy, ("accuracy", "difference", "false"))


def families(rates: Document) -> str:
    """Give false claims, and intervals that all hold, by ICC and size of the family."""
    heads = ["Models", "ICC", "False claims: images", "writers", "All intervals hold: images"]
    rows: Rows = []
    for mixed in (False, True):
        chosen = [cell for cell in rates["cells"] if (cell["cell"]["other_errors"] != 1) is mixed]
        for size in (2, 4, 8):
            for icc in _iccs(chosen):
                cells = [cell for cell in chosen if cell["cell"]["icc"] == icc]
                figures = [
                    _range(cell["rates"][f"{what} {size} {way}"] for cell in cells)
                    for what in ("false", "held")
                    for way in WAYS
                ]
                name = f"{size}, half of them better" if mixed else f"{size} equal"
                rows.append([name, f"{icc:g}", *figures])
    return markdown([*heads, "writers"], rows)


def sequential(rates: Document) -> str:
    """Give false claims of runs until it is decided, by ICC."""
    return _by_icc(rates["cells"], ("decided", "trials"))


def power(rates: Document) -> str:
    """Give how often a true difference is found."""
    rows = [
        [
            f"{cell['cell']['icc']:g}",
            str(cell["cell"]["trials"]),
            *(f"{100 * cell['rates'][f'found {way}']:.1f}" for way in WAYS),
        ]
        for cell in rates["cells"]
    ]
    return markdown(["ICC", "Trials", "images", "writers"], rows)


def limits(rates: Document) -> str:
    """Give the rates where the method is known to be less good."""
    uneven = [cell for cell in rates["cells"] if cell["cell"]["other_icc"] is not None]
    rare = [cell for cell in rates["cells"] if cell["cell"]["other_icc"] is None]
    names = ("accuracy", "difference", "false")
    heads, rows = _range_rows(uneven, _accuracy, names)
    _, others = _range_rows(rare, lambda cell: f"{_accuracy(cell)}, both {cell['icc']:g}", names)
    rows = [[f"{row[0]}, {uneven[0]['cell']['icc']:g} and 0", *row[1:]] for row in rows]
    return markdown(["Accuracy, ICC", *heads], [*rows, *others])


def real(rates: Document) -> str:
    """Give the shares of real models' intervals that hold the truth, or of halves that agree."""
    heads = ["", "Accuracies: images", "writers", "Pairs: images", "writers"]
    heads += ["All pairs together: images", "writers"]
    words = {
        "one training": "new writers, one training of each model",
        "trainings": "new writers, trainings drawn anew",
        "halves by writers": "halves by writers",
        "halves by images": "halves by images",
    }
    rows = []
    for name in rates["tallies"]:
        shares = rates["tallies"][name]["shares"]
        cells = [
            _range_and_mean(
                [share for figure, share in shares[way].items() if (" - " in figure) is in_pairs]
            )
            for in_pairs in (False, True)
            for way in WAYS
        ]
        together = rates["tallies"][name]["families"]
        whole = [f"{100 * together[way]:.1f}" if together else "" for way in WAYS]
        rows.append([words[name], *cells, *whole])
    return markdown(heads, rows)


TABLES: dict[str, tuple[str, Callable[[Document], str]]] = {
    "series": ("findings", series),
    "models": ("findings", models),
    "accuracies": ("findings", accuracies),
    "pairs": ("findings", pairs),
    "widths": ("findings", widths),
    "coverage": ("coverage", coverage),
    "by-accuracy": ("coverage", by_accuracy),
    "families": ("families", families),
    "sequential": ("sequential", sequential),
    "power": ("power", power),
    "limits": ("limits", limits),
    "real": ("real", real),
}
"""Each table, the figures it is made of, and how."""


def _by_icc(cells: Sequence[Document], names: Sequence[str]) -> str:
    return _ranges(cells, "ICC", lambda cell: f"{cell['icc']:g}", names)


def _ranges(
    cells: Sequence[Document],
    head: str,
    key: Callable[[Document], str],
    names: Sequence[str],
) -> str:
    heads, rows = _range_rows(cells, key, names)
    return markdown([head, *heads], rows)


def _range_rows(
    cells: Sequence[Document], key: Callable[[Document], str], names: Sequence[str]
) -> tuple[list[str], Rows]:
    """Return the heads and rows of the lowest and highest rates of cells that share a key."""
    words = {
        "accuracy": "Accuracy holds",
        "difference": "Difference holds",
        "false": "False claims",
        "decided": "False claims",
        "trials": "Mean trials",
    }
    heads = [head for name in names for head in (f"{words[name]}: images", "writers")]
    rows = []
    for group in dict.fromkeys(key(cell["cell"]) for cell in cells):
        found = [cell["rates"] for cell in cells if key(cell["cell"]) == group]
        figures = [
            _range((rates[f"{name} {way}"] for rates in found), 1 if name == "trials" else 100)
            for name in names
            for way in WAYS
        ]
        rows.append([group, *figures])
    return heads, rows


def _iccs(cells: Iterable[Document]) -> list[float]:
    return sorted({cell["cell"]["icc"] for cell in cells})


def _accuracy(cell: Document) -> str:
    return f"{100 * cell['accuracy']:g} %"


def _range(rates: Iterable[float], factor: float = 100) -> str:
    found = [factor * rate for rate in rates]
    return f"{min(found):.1f}-{max(found):.1f}"


def _plain_range(values: Sequence[float]) -> str:
    return f"{min(values):.2f}-{max(values):.2f}" if values else ""


def _range_and_mean(rates: Sequence[float]) -> str:
    return f"{_range(rates)}, mean {100 * sum(rates) / len(rates):.1f}"


def _percent(value: float, digits: int = 0) -> str:
    return f"{100 * value:.{digits}f} %"


def _interval(interval: list[float] | None) -> str:
    return "" if interval is None else f"{100 * interval[0]:.2f}-{100 * interval[1]:.2f}"


def _p_value(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2g}" if value >= _LEAST_P else f"< {_LEAST_P:.4f}"


def markdown(heads: Sequence[str], rows: Rows, *, numeric: bool = True) -> str:
    """Return a table as Markdown; with `numeric`, all but its first column are set to the right."""
    lines = [heads, ["---", *["---:" if numeric else "---"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
