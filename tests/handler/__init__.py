"""Tests of the handler: what it calls and what it answers."""
