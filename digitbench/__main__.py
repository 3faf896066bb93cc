"""`python -m digitbench`."""

from digitbench.cli import main

if __name__ == "__main__":
    main()
