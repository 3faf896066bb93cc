"""Begins a worker process: `python -P -m digitbench.runner.engines.begin`, with the pipes' names.

What a worker imports stays: it is imported without searches for garbage.
"""

from digitbench.garbage import no_searches


def main() -> None:
    """Run the process."""
    with no_searches():
        from digitbench.runner.engines import worker
    worker.main()


if __name__ == "__main__":
    main()
