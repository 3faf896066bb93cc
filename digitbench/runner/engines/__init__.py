"""Where trials run: worker processes, this process, or wherever a plugin's engine runs them."""
