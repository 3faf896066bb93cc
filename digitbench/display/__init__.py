"""How messages, progress and tables appear: on a terminal, in a log file, in a notebook."""
