"""What digitbench does, from a request to its end; for the command line, pytest and Python."""
