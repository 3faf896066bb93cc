from digitbench import ModelSpec, hookimpl


@hookimpl
def digitbench_models():
    yield ModelSpec(name="never-seen", summary="Lost with its plugin", build=lambda o, c: None)
    raise ValueError("cannot list the models")
