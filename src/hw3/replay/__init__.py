"""A claimed run, trained again from its record alone."""
