"""Tests of the construct: what it puts into a template and what it refuses."""
