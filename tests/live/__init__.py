"""Tests of the program that measures how AWS behaves."""
