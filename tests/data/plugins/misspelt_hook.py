from digitbench import hookimpl


@hookimpl
def digitbench_modles():
    return []
