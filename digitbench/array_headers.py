"""Headers of NumPy's files, which several threads must not read at once."""

from threading import RLock

ONE_AT_A_TIME = RLock()
"""Held while a header is read: Python 3.11 may fail where two threads parse at once
(python/cpython#106905)."""
