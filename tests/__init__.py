"""Tests: construct (synth time), handler (run time), contract (both), e2e (the CDK CLI and a local AWS)."""
