"""A local web application: draw a digit, drop a picture, look at runs, follow one that is going on.

It needs the extra `serve` (Starlette and uvicorn). Nothing that a request says reaches the file
system: runs and kept models are looked up among those that are there.
"""
