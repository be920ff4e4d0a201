"""The Lambda function behind `ImageDistribution`: what CloudFormation sends it and what it answers.

This table is the contract between the construct, which writes these properties into a template, and this
package, which reads them. The two share no code; a contract test holds both against it. CloudFormation turns
every property value into a string.

Custom::ImageDistribution starts a distribution. Physical id: the image's `imageBuildVersionArn`.

| property | required | meaning |
| --- | --- | --- |
| SourceImage | yes | what DistributeImage takes: AMI id, `ssm:` and a parameter's name or ARN, image ARN |
| DistributionConfigurationArn | yes | passed as it is |
| ExecutionRole | yes | role name or ARN, passed as it is |
| LogGroupName | no | `loggingConfiguration.logGroupName` |
| Tags | no | map of tags for the Image Builder image |
| Revision | no | any change of it starts a new distribution |

| attribute | meaning |
| --- | --- |
| ImageArn | the `imageBuildVersionArn` of the image that tracks the distribution |
"""
