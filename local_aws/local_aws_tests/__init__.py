"""Tests of the local AWS: of the Image Builder stand-in in this process, and of the server as a process."""
