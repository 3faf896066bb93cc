from hypothesis import given
from hypothesis import strategies as st

from benchlib.curves import Point, Ratio, accuracy_after, seconds_to, times_as_long

CURVE = [Point(1, 10.0, 0.981), Point(2, 20.0, 0.9905), Point(3, 30.0, 0.9895)]

points = st.lists(
    st.builds(
        Point,
        st.integers(1, 20),
        st.floats(0.1, 1e4, allow_nan=False),
        st.floats(0, 1, allow_nan=False),
    ),
    max_size=8,
)


def test_first_crossing_is_the_earliest_point_that_reaches_the_target() -> None:
    assert seconds_to(CURVE, 0.98) == 10.0
    assert seconds_to(CURVE, 0.9905) == 20.0


def test_no_crossing_is_none() -> None:
    assert seconds_to(CURVE, 0.992) is None
    assert seconds_to([], 0.5) is None


def test_first_crossing_of_separate_trainings_takes_the_shortest() -> None:
    assert seconds_to(CURVE[::-1], 0.989) == 20.0


@given(points, st.floats(0, 1), st.floats(0, 1))
def test_a_higher_target_never_takes_less_time(
    found: list[Point], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    if (late := seconds_to(found, high)) is not None:
        early = seconds_to(found, low)
        assert early is not None
        assert early <= late


def test_accuracy_after_is_that_of_the_last_point_not_of_the_best() -> None:
    assert accuracy_after(CURVE, 20.0) == 0.9905
    assert accuracy_after(CURVE, 29.9) == 0.9905
    assert accuracy_after(CURVE, 60.0) == 0.9895


def test_accuracy_after_less_than_the_first_point_is_none() -> None:
    assert accuracy_after(CURVE, 9.9) is None


def test_accuracy_after_the_end_of_a_stopped_training_is_unknown() -> None:
    assert accuracy_after(CURVE, 60.0, stopped_early=True) is None
    assert accuracy_after(CURVE, 20.0, stopped_early=True) == 0.9905


def test_times_as_long() -> None:
    ours = [Point(1, 4.0, 0.985), Point(2, 8.0, 0.991)]
    assert times_as_long(CURVE, ours, 0.99) == Ratio(2.5, at_least=False)


def test_a_peer_that_never_gets_there_gives_a_lower_bound() -> None:
    ours = [Point(2, 8.0, 0.995)]
    assert times_as_long(CURVE, ours, 0.992) == Ratio(30 / 8, at_least=True)


def test_no_ratio_where_ours_never_gets_there() -> None:
    assert times_as_long(CURVE, [Point(1, 4.0, 0.985)], 0.99) is None
