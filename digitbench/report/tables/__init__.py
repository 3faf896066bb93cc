"""A comparison as text to paste: into a pull request, a spreadsheet or a paper."""
