"""Deployments with the real CDK CLI against the local AWS, IAM enforced."""
