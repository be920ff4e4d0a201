"""Small apps that show one thing each.

`cdk deploy --app "python3 -m examples.one_region" --context sourceImage=ami-…` deploys one of them.
"""
