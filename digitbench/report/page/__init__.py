"""A run, or several, as one HTML page that needs nothing else: no network, no other file.

It is whole without a script. A small one (`templates/script/`) sorts, filters, copies and saves
what is there; the page's policy allows that script alone.

The figures are put into plain records here (`contents.py` and what it calls), with places on axes
already in percent; the templates draw them. So every text goes through the templates' escaping, and
the plots are SVG that follows the page's colours, in the light and in the dark.
"""

from digitbench.report.page.fragments import changed_fragment, run_fragment, versus_fragment
from digitbench.report.page.rendering import report_page
from digitbench.report.page.several import RunParts, runs_page

__all__ = [
    "RunParts",
    "changed_fragment",
    "report_page",
    "run_fragment",
    "runs_page",
    "versus_fragment",
]
