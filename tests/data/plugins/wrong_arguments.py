from digitbench import hookimpl


@hookimpl
def digitbench_models(registry):
    return []
