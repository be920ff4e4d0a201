"""Measurements beside what people would use instead, on the local AWS; run by `make bench`."""
