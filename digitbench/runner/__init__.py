"""What happens: a plan becomes trials, an engine runs them, their results are kept."""
