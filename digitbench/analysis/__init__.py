"""What the numbers of a stored run mean. Nothing here prints or stores."""
