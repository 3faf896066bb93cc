"""The grammar of `--test-sets`."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitbench.errors import UsageError
from digitbench.runner.set_requests import (
    SetRequest,
    parse_test_sets,
    requests_of_sets,
    sets_text,
)
from digitbench.types import PlannedTestSet
from digitbench.workflows.config_file import check_settings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("  ", ()),
        ("fresh", (SetRequest("fresh"),)),
        (" fresh , usps ", (SetRequest("fresh"), SetRequest("usps"))),
        (
            "corruptions[severity=3,kinds=fog/stripe],fresh",
            (
                SetRequest("corruptions", {"severity": "3", "kinds": "fog/stripe"}),
                SetRequest("fresh"),
            ),
        ),
        ("pictures:my digits/2026", (SetRequest("pictures", argument="my digits/2026"),)),
        (
            r"pictures:C:\digits[max=3],usps",
            (
                SetRequest("pictures", {"max": "3"}, r"C:\digits"),
                SetRequest("usps"),
            ),
        ),
        ('pictures:"a, b[1]"', (SetRequest("pictures", argument="a, b[1]"),)),
        (
            "pictures:'say \"a\"', usps",
            (SetRequest("pictures", argument='say "a"'), SetRequest("usps")),
        ),
        ("pictures: ~/d ", (SetRequest("pictures", argument="~/d"),)),
    ],
)
def test_names_options_and_what_follows_a_colon(
    text: str, expected: tuple[SetRequest, ...]
) -> None:
    assert parse_test_sets(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fresh,", "lacks a name: separate names by single commas"),
        ("fresh,,usps", "cannot read --test-sets at ',usps'"),
        ("fresh usps", "cannot read --test-sets at 'fresh usps'"),
        ("corruptions[severity=3", "cannot read --test-sets at 'corruptions"),
        ("corruptions[severity]", "cannot read the options of 'corruptions"),
        ("shifts[only=rotate,noise]", "write shifts[option=value], and several values as a/b"),
        ("corruptions[a=1,a=2]", "option 'a' is given twice"),
        ("pictures:", "cannot read --test-sets at 'pictures:'"),
        ('pictures:"a', "cannot read --test-sets at"),
        ("big=fresh", "cannot read --test-sets at 'big=fresh'"),
        ("fre\udce9sh", "not Unicode"),
    ],
)
def test_what_is_not_of_the_grammar_is_named_in_a_line(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_test_sets(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@given(
    st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=1).filter(
        lambda text: text.strip() == text and not ('"' in text and "'" in text)
    )
)
def test_any_path_comes_back_as_it_was_written(path: str) -> None:
    request = SetRequest("pictures", argument=path)
    assert parse_test_sets(f"{request.called},fresh") == (request, SetRequest("fresh"))


def test_a_list_is_written_as_one_text() -> None:
    assert sets_text("fresh,usps") == "fresh,usps"
    assert sets_text(["fresh,usps", "pictures:a"]) == "fresh,usps,pictures:a"
    assert sets_text([]) == sets_text("") == sets_text([""]) == ""
    for value in (3, ["fresh", 3], {"fresh": 1}):
        with pytest.raises(ValueError, match="write a string, or a list of strings"):
            sets_text(value)


def test_paths_in_a_config_file_are_taken_from_its_directory(tmp_path: Path) -> None:
    (tmp_path / "my, digits").mkdir()
    text = 'pictures:"my, digits"[max=3],named:2,fresh'
    place = tmp_path / "my, digits"
    assert sets_text(text, tmp_path) == f'pictures:"{place}"[max=3],named:2,fresh'
    assert sets_text(text) == text
    assert sets_text("named:" + 300 * "x", tmp_path) == "named:" + 300 * "x"
    settings = check_settings({"test-sets": text}, tmp_path / "digitbench.toml")
    assert settings == {"test_sets": f'pictures:"{place}"[max=3],named:2,fresh'}


def test_a_path_in_the_working_directory_stays_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "d").mkdir()
    monkeypatch.chdir(tmp_path)
    assert sets_text("pictures:d", tmp_path) == "pictures:d"
    monkeypatch.chdir(tmp_path / "d")
    assert sets_text("pictures:d", tmp_path) == f"pictures:{tmp_path / 'd'}"


def test_the_sets_of_a_plan_are_asked_for_as_they_are() -> None:
    row = PlannedTestSet(
        label="pictures:d[max=3]", name="pictures", options={"max": 3}, argument="/d", error="gone"
    )
    (request,) = requests_of_sets([row])
    assert request == SetRequest("pictures", {"max": 3}, "/d", "pictures:d[max=3]")
