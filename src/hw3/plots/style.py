"""What all figures share."""

# Okabe & Ito's palette, which stays apart for colour-blind readers and in grey.
TRAIN, VAL, MARK = "#E69F00", "#0072B2", "#555555"
