"""The names of the tags that the Lambda function puts on each image. A contract test compares them with its own."""

PREFIX = "cdk-image-distribution:"
STACK_ID = PREFIX + "stack-id"
LOGICAL_ID = PREFIX + "logical-id"
