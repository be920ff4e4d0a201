"""Tests of README.md and docs/: what they show runs, and what they name exists."""
