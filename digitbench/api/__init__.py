"""What `import digitbench` offers to notebooks and programs; `docs/python.md` shows it.

The names are exported at the top of `digitbench`. pandas, matplotlib and IPython are imported only
where something of theirs is asked for.
"""
