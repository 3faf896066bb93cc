"""Short labels: what tells models apart, always unique, whatever the labels."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitbench.report.labels import folded_label, short_labels


@pytest.mark.parametrize(
    ("labels", "short"),
    [
        (["knn", "softmax"], ["knn", "softmax"]),
        (["sklearn:linear_model.RidgeClassifier", "cnn"], ["RidgeClassifier", "cnn"]),
        (["knn[k=1]", "knn[k=3]"], ["knn k=1", "knn k=3"]),
        (
            ["knn[k=1,weights=distance,deskew=true]", "knn[k=3,weights=distance,deskew=true]"],
            ["knn k=1", "knn k=3"],
        ),
        (["cnn[filters=32/64/64,dropout=0.5]", "knn"], ["cnn[…]", "knn"]),
        (["sklearn:tree.DecisionTreeClassifier"], ["DecisionTreeClassifier"]),
        (["a:x.Forest", "b:y.Forest"], ["x.Forest", "y.Forest"]),
        (["a:x.Forest", "b:x.Forest"], ["a:x.Forest", "b:x.Forest"]),
        (["python:mine", "mine"], ["python:mine", "mine"]),
        (["keras:/home/one/net.keras", "resnet:v1.2"], ["net.keras", "v1.2"]),
        (["knn[k=3]", "knn k=3"], ["knn[k=3]", "knn k=3"]),
        (["my best, so far", "[", ""], ["my best, so far", "[", ""]),
    ],
)
def test_labels_are_shown_by_what_differs(labels: list[str], short: list[str]) -> None:
    found = short_labels(labels)
    assert [found[label] for label in labels] == short


_PIECES = st.sampled_from(
    [
        "knn",
        "a",
        "b",
        ":",
        ".",
        "X",
        "/",
        "\\",
        "[",
        "]",
        "=",
        ",",
        "k=1",
        "k=3",
        "[k=1]",
        " ",
        "…",
        "\u202e",
        "[…]",
    ]
)
_HOSTILE = st.one_of(st.lists(_PIECES, max_size=8).map("".join), st.text(max_size=8))


@given(st.lists(_HOSTILE, unique=True, max_size=12), st.randoms(use_true_random=False))
def test_short_labels_are_unique_and_do_not_depend_on_the_order(
    labels: list[str], chance: random.Random
) -> None:
    found = short_labels(labels)
    assert set(found) == set(labels)
    assert len(set(found.values())) == len(labels)
    for label, short in found.items():
        assert short == label or short not in labels
    mixed = chance.sample(labels, len(labels))
    assert short_labels(mixed) == found


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["knn", "sk:tree.Tree", "sk:linear.Ridge", "other:tree.Tree"]),
            st.dictionaries(
                st.sampled_from(["depth", "k", "weights"]),
                st.sampled_from(["1", "3", "distance", "32/64/64"]),
            ),
        ).map(
            lambda model: (
                model[0]
                + (
                    f"[{','.join(f'{key}={model[1][key]}' for key in sorted(model[1]))}]"
                    if model[1]
                    else ""
                )
            )
        ),
        unique=True,
        max_size=8,
    )
)
def test_short_labels_of_real_ones_are_unique_and_no_longer(labels: list[str]) -> None:
    found = short_labels(labels)
    assert len(set(found.values())) == len(labels)
    assert all(len(short) <= len(label) for label, short in found.items())


@given(
    st.text(st.sampled_from("abAB[]=,._/: -1\N{HORIZONTAL ELLIPSIS}"), max_size=40),
    st.integers(4, 30),
)
def test_a_folded_label_has_all_its_characters(label: str, width: int) -> None:
    folded = folded_label(label, width)
    assert folded.replace("\n", "").replace(" ", "") == label.replace(" ", "")
