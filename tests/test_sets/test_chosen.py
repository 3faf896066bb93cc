"""Options that name some of a set's conditions."""

import pytest

from digitbench.test_sets.chosen import chosen_names, normal_choice

NAMES = ("fog", "rotate", "scale")


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("all", "all"),
        ("rotate", "rotate"),
        ("scale/fog", "fog/scale"),
        ("fog/fog", "fog"),
        ("scale/rotate/fog", "all"),
    ],
)
def test_a_choice_has_one_normal_form(given: str, normal: str) -> None:
    assert normal_choice(given, NAMES, "corruption") == normal
    assert normal_choice(normal, NAMES, "corruption") == normal


@pytest.mark.parametrize("given", ["", "fogg", "fog/", "fog/all", "Fog", 7, None])
def test_what_there_is_not_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match=r"there is no corruption .*; write all, or some of fog/"):
        normal_choice(given, NAMES, "corruption")


def test_names_of_a_choice() -> None:
    assert chosen_names("all", NAMES) == ["fog", "rotate", "scale"]
    assert chosen_names("fog/scale", NAMES) == ["fog", "scale"]
