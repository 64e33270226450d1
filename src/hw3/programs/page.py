"""A check as a page: one file, in the look of the report."""

from hw3.core.words import escaped
from hw3.programs.outputs import counts
from hw3.programs.verdict import CheckReport
from hw3.report.page import make_environment, together


def page(report: CheckReport) -> str:
    """Return the report as HTML; all that comes from the program is escaped."""
    template = make_environment(report=report, counts=counts(report)).get_template("check.html.j2")
    text = template.render(title=f"hw3: check of {report.program}")
    return together("\n".join(map(escaped, text.split("\n"))))
