"""Pages of small runs, taken apart."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from digitbench.analysis.calibration import calibrations
from digitbench.report.labels import short_labels
from digitbench.report.page import report_page
from digitbench.store import read_run
from digitbench.types import RunRecord, TrialData

NOISY = "centroid[noise=1.5]"
VOID = {"br", "meta", "hr", "img", "input", "link"}
DRAWN = {"path", "rect", "circle", "line", "use", "polyline", "polygon"}


@dataclass
class Element:
    """An element with what is in it."""

    tag: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    children: list["Element"] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def all(self, tag: str = "") -> list["Element"]:
        """Return the elements in it, those of a tag if one is given, in the page's order."""
        found = []
        for child in self.children:
            found += [child] if tag in {"", child.tag} else []
            found += child.all(tag)
        return found

    @property
    def text(self) -> str:
        """All text in it, with single spaces."""
        return " ".join(" ".join(self.texts).split())

    @property
    def classes(self) -> set[str]:
        """Its classes."""
        return set(self.attributes.get("class", "").split())


class Page(HTMLParser):
    """A page as a tree; raises if tags do not match."""

    def __init__(self, html: str) -> None:
        """Read a page."""
        super().__init__(convert_charrefs=True)
        self.html = html
        self.root = Element("", {})
        self._open = [self.root]
        self.feed(html)
        self.close()
        assert self._open == [self.root], f"not closed: {[e.tag for e in self._open[1:]]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        parent = self._open[-1]
        element = Element(tag, {name: value or "" for name, value in attrs}, parent)
        parent.children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add an element that is closed at once, as SVG has them."""
        assert tag in DRAWN, f"<{tag}/>"
        self.handle_starttag(tag, attrs)
        self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        opened = self._open.pop()
        assert opened.tag == tag, f"<{opened.tag}> is closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        """Note a text."""
        for element in self._open:
            element.texts.append(data)

    def all(self, tag: str = "") -> list[Element]:
        """Return the page's elements."""
        return self.root.all(tag)

    def with_id(self, name: str) -> Element:
        """Return the one element with an id."""
        (found,) = [e for e in self.all() if e.attributes.get("id") == name]
        return found

    def rows(self, table_class: str) -> list[list[str]]:
        """Return the texts of the cells of a table's body."""
        (table,) = [t for t in self.all("table") if table_class in t.classes]
        (body,) = table.all("tbody")
        return [[cell.text for cell in row.children] for row in body.all("tr")]


@pytest.fixture(scope="session")
def record(run_on_tiny_data: Callable[..., Path]) -> RunRecord:
    """Make a run of a model that misses many images, one that misses few, and one that fails."""
    models = f"{NOISY},centroid,wrong-labels"
    return read_run(run_on_tiny_data(models, "centroid", "faulty_models", trials=3))


@pytest.fixture(scope="session")
def page_of(tiny_data: TrialData) -> Callable[..., Page]:
    """Return a function that makes the page of a run on the tiny data and takes it apart."""

    def make(record: RunRecord, *, images: bool = True) -> Page:
        assert record.test_labels is not None
        html = report_page(
            record,
            images=tiny_data.test.images if images else None,
            calibrations=calibrations(record.results, record.test_labels),
        )
        return Page(html)

    return make


@pytest.fixture
def page(page_of: Callable[..., Page], record: RunRecord) -> Page:
    """Return the page of the run of three models, one of which failed."""
    return page_of(record)


@pytest.fixture(scope="session")
def names(record: RunRecord) -> dict[str, str]:
    """Return how the page calls each model of the run."""
    return short_labels(model.label for model in record.plan.models)


@pytest.fixture(scope="session")
def only() -> Callable[..., RunRecord]:
    """Return a function that keeps the named models of a run."""

    def keep(record: RunRecord, *labels: str) -> RunRecord:
        models = tuple(model for model in record.plan.models if model.label in labels)
        results = tuple(r for r in record.results if r.spec.model in labels)
        plan = record.plan.model_copy(update={"models": models})
        return record.model_copy(update={"plan": plan, "results": results})

    return keep
