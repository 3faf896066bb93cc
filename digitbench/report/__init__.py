"""What people look at: pure functions of a stored run. Nothing here prints."""
