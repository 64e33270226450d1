"""Reports made by hand, for the tests of what is printed and written."""

from hw3.core.verdict import Verdict
from hw3.programs.verdict import Bug, CheckReport, Finding

EVIL = "<script>alert(1)</script> [red]x[/red] \x1b[31m"
FINDINGS = (
    Finding(
        "gradient",
        "The gradients are the derivatives of the loss.",
        Verdict.FAIL,
        "Layer 2, W: yours is the true gradient / 100, the batch size; the angle is 0.",
        Bug(1, "the gradient is averaged over the batch twice"),
        ("layer 2, W2 (5, 4), row 1", "  yours   0.0012  -0.0340   0.0101", f"  theirs {EVIL}"),
    ),
    Finding("softmax", "Logits of +1000 stay finite.", Verdict.PASS, "The largest error is 2e-17."),
    Finding(
        "rates",
        "The rate is halved twice.",
        Verdict.INCONCLUSIVE,
        "train did not return within 10 seconds.",
        details=("my_net.py, line 3, in train: while True",),
    ),
)


def report(findings=FINDINGS, **changes):
    """Return a report of some clauses."""
    fields = {
        "program": "my_net.py",
        "seed": 7,
        "conventions": ("weights are (fan_in, fan_out)", "the loss is a mean over the batch"),
        "findings": tuple(findings),
        "not_given": ("split(x, y): whether training and validation overlap",),
        "seconds": 1.234,
        "remarks": ("the network could not be cut off here",),
    }
    return CheckReport(**fields | changes)


PASSED = report(FINDINGS[1:2], conventions=(), not_given=(), remarks=())
OPEN = report(FINDINGS[1:])
EMPTY = report(())
