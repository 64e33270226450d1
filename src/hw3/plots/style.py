"""What all figures share."""

# Okabe & Ito's palette, which stays apart for colour-blind readers and in grey.
TRAIN, VAL, MARK = "#E69F00", "#0072B2", "#555555"
PALETTE = (VAL, TRAIN, "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#000000")
