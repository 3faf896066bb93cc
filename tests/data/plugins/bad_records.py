"""Bad records among a good one."""

from dataclasses import replace

from digitbench import ModelOptions, ModelSpec, hookimpl


class NeedsValue(ModelOptions):
    width: int


def build(options, context):
    raise NotImplementedError


GOOD = ModelSpec(name="good", summary="A sound record", build=build)


@hookimpl
def digitbench_models():
    return [
        {"name": "a-dict"},
        replace(GOOD, name="Bad Name"),
        replace(GOOD, name="all"),
        replace(GOOD, name="no-summary", summary=" "),
        replace(GOOD, name="no-build", build=None),
        replace(GOOD, name="no-options", options=dict),
        replace(GOOD, name="needs-value", options=NeedsValue),
        replace(GOOD, name="bad-quick", quick_options={"no_such_option": 1}),
        replace(GOOD, name="no-quick", quick_options=5),
        replace(GOOD, name="bad-published", published=0.99),
        GOOD,
        GOOD,
    ]
