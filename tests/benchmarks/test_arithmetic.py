import pytest

from benchlib.arithmetic import forward_multiply_adds, training_flops
from training_step import StepRate, TrainedShape


def test_multiply_adds_by_hand() -> None:
    assert forward_multiply_adds((16, 32, 32)) == {
        "C1": 28 * 28 * 25 * 16,
        "C2_vertical": 196 * 5 * 16 * 32,
        "C2_horizontal": 196 * 5 * 32 * 32,
        "C3_vertical": 196 * 7 * 32 * 32,
        "C3_horizontal": 196 * 7 * 32 * 32,
        "C4": 49 * 25 * 32 * 10,
    }


def test_training_flops_by_hand() -> None:
    # 5,020,736 multiply-adds forward, three times; less C1's 313,600; two operations each
    assert training_flops((16, 32, 32)) == 2 * (3 * 5_020_736 - 313_600)


def test_the_middle_of_an_image_takes_the_share_of_its_pixels() -> None:
    filters = (16, 32, 32)
    assert forward_multiply_adds(filters, 24) == {
        "C1": 24 * 24 * 25 * 16,
        "C2_vertical": 144 * 5 * 16 * 32,
        "C2_horizontal": 144 * 5 * 32 * 32,
        "C3_vertical": 144 * 7 * 32 * 32,
        "C3_horizontal": 144 * 7 * 32 * 32,
        "C4": 36 * 25 * 32 * 10,
    }
    assert training_flops(filters, 24) / training_flops(filters) == pytest.approx((24 / 28) ** 2)


@pytest.mark.parametrize(
    ("start", "end", "early"), [(0, 40, 1), (40, 80, 1), (60, 100, 0.5), (80, 100, 0), (90, 100, 0)]
)
def test_steps_count_for_the_pixels_they_see(start: int, end: int, early: float) -> None:
    shape = TrainedShape((16, 32, 32), batch_size=128, crop=24, crop_share=0.8)
    expected = early * training_flops((16, 32, 32), 24) + (1 - early) * training_flops((16, 32, 32))
    assert shape.flops_per_image(start, end, steps=100) == pytest.approx(expected)


def test_each_interval_is_weighed_by_its_own_arithmetic() -> None:
    rate = StepRate("cnn", (100.0, 60.0, 90.0), (2.0, 5.0, 3.0), "CPU")
    assert rate.images_per_second == 90
    assert rate.flops_per_second == 270
