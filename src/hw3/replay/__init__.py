"""A claimed run is trained again from its record, which is read and never written.

What comes of a claim is a `Verified`: PASS, FAIL or INCONCLUSIVE, with the reason in a sentence.
"""
