"""`--models`: the grammar, the options, and messages that help."""

import shlex
from collections.abc import Callable
from types import SimpleNamespace
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, Field

from digitbench import ModelOptions, ModelSpec, hookimpl
from digitbench.errors import UsageError
from digitbench.plugins import PluginHost, PluginInfo
from digitbench.runner.model_requests import ModelRequest, parse_models, requests_of
from digitbench.runner.resolve import find_dataset, resolve_models
from digitbench.types import RunPlan
from digitbench.types.labels import is_plain_label

HostOf = Callable[..., PluginHost]


@pytest.mark.parametrize(
    ("text", "requests"),
    [
        ("softmax", [ModelRequest("softmax")]),
        (" softmax , cnn ", [ModelRequest("softmax"), ModelRequest("cnn")]),
        (
            "knn[k=1],knn[ k = 3 , weights=distance ],cnn",
            [
                ModelRequest("knn", {"k": "1"}),
                ModelRequest("knn", {"k": "3", "weights": "distance"}),
                ModelRequest("cnn"),
            ],
        ),
        ("cnn[filters=16/32/32]", [ModelRequest("cnn", {"filters": "16/32/32"})]),
        (
            "big=cnn[a=1], b.2 = svm",
            [ModelRequest("cnn", {"a": "1"}, "big"), ModelRequest("svm", {}, "b.2")],
        ),
    ],
)
def test_the_grammar(text: str, requests: list[ModelRequest]) -> None:
    assert list(parse_models(text)) == requests


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "lacks a name"),
        ("a,", "lacks a name"),
        (",a", "cannot read --models at ',a'"),
        ("a,,b", "cannot read --models at ',b'"),
        ("knn[k=1", "cannot read --models at 'knn[k=1'"),
        ("knn k=1", "cannot read --models at 'knn k=1'"),
        ("knn[k=1]x", "cannot read --models"),
        ("knn[k]", "cannot read the options of 'knn[k]': write knn[option=value]"),
        ("knn[]", "cannot read the options of 'knn[]'"),
        ("knn[k=]", "cannot read the options"),
        ("knn[k=1,k=2]", "option 'k' is given twice in 'knn[k=1,k=2]'"),
        ("big=", "cannot read --models at 'big='"),
        ("=cnn", "cannot read --models at '=cnn'"),
        ("a=b=cnn", "cannot read --models at 'a=b=cnn'"),
        ("big=all", "'big' is to be one model"),
        ("latest=cnn", "no model can be called 'latest'"),
        ("all=cnn", "no model can be called 'all'"),
        ("a:b=cnn", "no model can be called 'a:b': take letters, digits"),
        ("--x=cnn", "no model can be called '--x'"),
        ("a/b=cnn", "no model can be called 'a/b'"),
    ],
)
def test_what_is_not_of_the_grammar_is_pointed_at(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_models(text)
    assert message in str(caught.value)


@given(st.text(alphabet="ab[]=,1 ", max_size=30))
def test_any_text_gives_requests_or_a_usage_error(text: str) -> None:
    try:
        requests = parse_models(text)
    except UsageError as error:
        assert "\n" not in str(error)
    else:
        assert requests
        assert all(request.name.strip() for request in requests)


WORDS = st.from_regex(r"[a-z][a-z0-9_-]{0,5}", fullmatch=True)
LABELS = st.from_regex(r"\w[\w.+-]{0,5}", fullmatch=True).filter(
    lambda text: text not in {"all", "latest"}
)
VALUES = st.from_regex(r"[a-z0-9./+-]{1,6}", fullmatch=True)
REQUESTS = st.builds(
    ModelRequest,
    WORDS.filter(lambda name: name != "all"),
    st.dictionaries(WORDS, VALUES, max_size=3),
    st.none() | LABELS,
)


@given(st.lists(REQUESTS, min_size=1, max_size=4), st.sampled_from([",", " , ", ",\n"]))
def test_what_is_written_is_read_again(requests: list[ModelRequest], comma: str) -> None:
    assert list(parse_models(comma.join(map(str, requests)))) == requests


@given(st.text(alphabet="ab:/ \t[]='$é-.", min_size=1, max_size=5))
def test_a_label_is_read_as_it_is_or_refused(label: str) -> None:
    try:
        found = parse_models(f"{label}=m")
    except UsageError:
        assert not is_plain_label(label.strip())
    else:
        assert found == (ModelRequest("m", {}, label.strip()),)


@given(LABELS)
def test_a_plain_label_needs_no_quotes(label: str) -> None:
    assert is_plain_label(label)
    assert shlex.split(f"compare {label}") == ["compare", label]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x=centroid,x=centroid[noise=1]", "calls two models 'x'"),
        ("centroid[noise=1],centroid=centroid[noise=2],centroid", "calls two models 'centroid'"),
        ("good=centroid", "centroid cannot be called 'good', which is another model"),
        ("a=centroid,b=centroid", "names one model twice: a and b have the same options"),
    ],
)
def test_labels_that_mislead_are_refused(host_of: HostOf, text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        labels(host_of("centroid", "bad_records"), text)
    assert message in str(caught.value)


def test_the_row_of_a_stored_run_keeps_its_label(
    host_of: HostOf, plan_of: Callable[..., RunPlan]
) -> None:
    plan = plan_of(host_of("centroid"), "good=centroid[noise=1],centroid")
    later = host_of("centroid", "bad_records")  # with a model that is called good
    assert resolve_models(requests_of(plan), later) == plan.models


def labels(host: PluginHost, text: str) -> list[str]:
    return [model.label for model in resolve_models(parse_models(text), host)]


def test_labels_name_the_options_given_in_their_declared_order(host_of: HostOf) -> None:
    host = host_of("centroid")
    text = "centroid,centroid[noise=0.5,sharpness=2]"
    assert labels(host, text) == ["centroid", "centroid[sharpness=2.0,noise=0.5]"]


def test_a_planned_model_holds_every_option_and_its_plugin(host_of: HostOf) -> None:
    host = host_of("centroid")
    quiet, noisy = resolve_models(parse_models("centroid,centroid[noise=1]"), host)
    assert quiet.options == {"sharpness": 1.0, "noise": 0.0}
    assert quiet.deterministic
    assert not noisy.deterministic
    assert quiet.plugin.endswith("centroid.py")
    assert quiet.version is None


def test_all_means_every_model_and_joins_with_variants(host_of: HostOf) -> None:
    host = host_of("centroid", "bad_records")
    assert labels(host, "all") == ["centroid", "good"]
    assert labels(host, "centroid,all,centroid[noise=1]") == [
        "centroid",
        "good",
        "centroid[noise=1.0]",
    ]
    assert labels(host, "all,centroid") == ["good", "centroid"]


def test_one_model_twice_is_an_error_even_if_written_differently(host_of: HostOf) -> None:
    with pytest.raises(UsageError, match=r"twice: centroid and centroid\[noise=0\.0\]"):
        labels(host_of("centroid"), "centroid,centroid[noise=0]")


def test_an_unknown_model_names_near_ones_and_failed_plugins(host_of: HostOf) -> None:
    host = host_of("centroid", "raises_on_import")
    with pytest.raises(UsageError) as caught:
        labels(host, "centriod")
    assert "did you mean centroid?" in str(caught.value)
    assert "raises_on_import.py: failed to load: RuntimeError" in str(caught.value)
    with pytest.raises(UsageError, match="there are: centroid"):
        labels(host, "zzz")


def test_no_model_at_all_is_an_error(host_of: HostOf) -> None:
    with pytest.raises(UsageError, match="no model was found"):
        labels(host_of(), "all")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("centroid[k=1]", "has no option 'k'; its options: sharpness, noise"),
        ("centroid[noise=loud]", "option noise=loud: Input should be a valid number"),
        ("centroid[noise=-1]", "option noise=-1: Input should be greater than or equal to 0"),
    ],
)
def test_wrong_options_say_what_is_valid(host_of: HostOf, text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        labels(host_of("centroid"), text)
    assert message in str(caught.value)


def test_an_unknown_dataset_gets_the_near_matches_or_those_there_are() -> None:
    from digitbench.plugins import load_plugins

    host = load_plugins()
    with pytest.raises(UsageError, match=r"no data set 'minst'; did you mean mnist"):
        find_dataset("minst", host)
    with pytest.raises(UsageError, match=r"no data set 'x'; there are: .*mnist"):
        find_dataset("x", host)


class Awkward(ModelOptions):
    """Options that take what no run can keep, and fail at some of it."""

    rate: float = Field(1.0, description="Any float")
    name: str = Field("a", description="Any text")
    divisor: Annotated[int, AfterValidator(lambda value: 1 // value and value)] = Field(
        1, description="Not 0"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate": "nan"}, "model 'm': option rate=nan: numbers must be finite"),
        ({"rate": "-inf"}, "model 'm': option rate=-inf: numbers must be finite"),
        ({"name": "caf\udce9"}, "model 'm': "),
        (
            {"divisor": "0"},
            "the options of model 'm' cannot be read, because its plugin failed: Zero",
        ),
        ({"rate": "7"}, "the options of model 'm' cannot be read, because its plugin failed: Key"),
    ],
)
def test_options_that_no_run_can_keep_are_refused(options: dict[str, str], message: str) -> None:
    host = PluginHost()
    spec = ModelSpec(
        name="m",
        summary="A model",
        build=lambda options, context: None,  # type: ignore[arg-type, return-value]
        options=Awkward,
        deterministic=lambda options: {1.0: True}[options.rate],
    )
    plugin = SimpleNamespace(digitbench_models=hookimpl(lambda: [spec]))
    host.add(PluginInfo("p"), lambda: plugin)
    assert not host.failures
    with pytest.raises(UsageError) as refusal:
        resolve_models([ModelRequest("m", options)], host)
    assert str(refusal.value).startswith(message)
    assert len(str(refusal.value).splitlines()) == 1


def test_models_are_named_in_unicode() -> None:
    with pytest.raises(UsageError, match="--models holds characters that are not Unicode"):
        parse_models("caf\udce9")
