"""What all figures share."""

# Okabe & Ito's palette, which stays apart for colour-blind readers and in grey. The two of most
# figures have a contrast of more than 3 on white; its orange and sky blue have not.
TRAIN, VAL, MARK = "#D55E00", "#0072B2", "#555555"
PALETTE = (VAL, TRAIN, "#009E73", "#CC79A7", "#000000", "#E69F00", "#56B4E9")


def literal(text: str) -> str:
    """Return a text of the user as matplotlib shows it: no formula, no label that stays hidden."""
    return (" " if text.startswith("_") else "") + text.replace("$", r"\$")
