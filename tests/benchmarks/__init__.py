"""The benchmark, and the figures that the documents show of it."""
