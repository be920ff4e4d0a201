"""The Lambda function behind `ImageDistribution`: what CloudFormation sends it and what it answers.

This table is the contract between the construct, which writes these properties into a template, and this
package, which reads them. The two share no code; a contract test holds both against it. CloudFormation turns
every property value into a string.

Custom::ImageDistribution starts a distribution and removes it. Physical id: the image's `imageBuildVersionArn`.

| property | required | meaning |
| --- | --- | --- |
| SourceImage | yes | what DistributeImage takes: AMI id, `ssm:` and a parameter's name or ARN, image ARN |
| DistributionConfigurationArn | yes | passed as it is |
| ExecutionRole | yes | role name or ARN, passed as it is |
| LogGroupName | no | `loggingConfiguration.logGroupName` |
| Tags | no | map of tags for the Image Builder image; changed in place |
| Revision | no | any change of it starts a new distribution |
| AutoDeleteAmis | no | `true`: Delete removes the AMIs and their snapshots too |
| LifecycleRole | with AutoDeleteAmis | the role that Image Builder removes them with |

| attribute | meaning |
| --- | --- |
| ImageArn | the `imageBuildVersionArn` of the image that tracks the distribution |

Custom::ImageDistributionWait waits until it is done. Physical id: stack name and logical id; it owns nothing.

| property | required | meaning |
| --- | --- | --- |
| ImageArn | yes | the image |
| Segment | yes | which part of the wait this is, from 1; all but the last succeed when their time is up |
| Segments | yes | how many parts there are |
| Seconds | yes | how long this part lasts at the most |
| AmiIds | no | map from the attribute's name to the `Region` and, if not the image's own, the `Account` asked for |
| Distribution | yes | logical id of the distribution, for events |
| Retries | no | how often a failed distribution is retried, in all parts together |
| Retried | with Retries, after the first part | how often the parts before retried it |

| attribute | meaning |
| --- | --- |
| ImageArn | the same ARN, so that what uses it comes after completion |
| Retried | how often the image was retried so far; of all parts but the last, with Retries |
| AmiId | `AmiId.<Region>` or `AmiId.<Region>.<account>`: the AMI's id there; one for each entry of AmiIds |
"""
