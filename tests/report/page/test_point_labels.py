"""Labels beside points: none covers another, whatever the points."""

from hypothesis import given
from hypothesis import strategies as st

from digitbench.report.page.point_labels import HEIGHT_PX, WIDTH_PX, point_labels

_PERCENT = st.floats(0, 100)
_POINTS = st.lists(st.tuples(st.text("abm", min_size=1, max_size=40), _PERCENT, _PERCENT))

Box = tuple[float, float, float, float]


def _box(text: str, x: float, y: float, anchor: str, *, wider: float = 1.0) -> Box:
    """Return the box of a label in pixels, of a typeface as wide as they come."""
    left, down = x / 100 * WIDTH_PX * wider, y / 100 * HEIGHT_PX
    width = 7.0 * len(text)
    left -= {"start": 0.0, "middle": width / 2, "end": width}[anchor]
    return left, down - 7, left + width, down + 7


def _cover(a: Box, b: Box) -> bool:
    return a[0] < b[2] and a[2] > b[0] and a[1] < b[3] and a[3] > b[1]


@given(_POINTS, st.floats(1, 4))
def test_no_label_covers_another_or_a_marker_in_a_plot_of_any_width(
    points: list[tuple[str, float, float]], wider: float
) -> None:
    labels = point_labels(points)
    boxes = [_box(o.text, o.x, o.y, o.anchor, wider=wider) for o in labels if o]
    marks = [
        (a - 5, b - 5, a + 5, b + 5)
        for a, b in ((x / 100 * WIDTH_PX * wider, y / 100 * HEIGHT_PX) for _, x, y in points)
    ]
    for number, box in enumerate(boxes):
        assert not any(_cover(box, other) for other in (*boxes[:number], *marks))
        assert box[0] >= -1e-6
        assert box[2] <= WIDTH_PX * wider + 1e-6


def test_twelve_models_at_one_place_are_named_with_leader_lines() -> None:
    labels = point_labels([(f"model-{number}", 50, 50) for number in range(12)])
    assert all(labels)
    assert sum(label.leader for label in labels if label) >= 6


def test_where_there_is_no_room_there_is_no_label() -> None:
    labels = point_labels([("a" * 20, 50, 50)] * 60)
    assert labels[0]
    assert not labels[-1]


def test_a_line_is_left_free_where_that_can_be() -> None:
    (usual,) = point_labels([("model", 50, 50)])
    assert usual
    (other,) = point_labels([("model", 50, 50)], lines=[_percent(usual.text, usual.x, usual.y)])
    assert other
    assert (other.x, other.y) != (usual.x, usual.y)


def _percent(text: str, x: float, y: float) -> Box:
    width = 100 * 7.3 * len(text) / WIDTH_PX
    return x - width, y - 3, x + width, y + 3
