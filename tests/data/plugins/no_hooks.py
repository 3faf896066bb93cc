def digitbench_models():
    return []
