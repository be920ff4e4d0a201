"""The command line `cdk-image-distribution`: what a stack's distributions do, and what would make them fail.

It reads AWS with the caller's credentials. Only `retry` changes anything. It shares no code with the construct or with
the Lambda function.

| module | what it is |
| --- | --- |
| __main__.py, app.py, exit_codes.py | the console script; the commands, their options and exit codes |
| stack.py, image.py, copies.py | what CloudFormation, Image Builder and EC2 say |
| progress.py, observer.py, watch.py | `watch`: the model, one round of reading, the loop |
| assembly.py, template_values.py, checks/ | `check`: the cloud assembly, and one file for each check |
| images.py, retry.py | `list` and `retry` |
| terminal_view.py, line_view.py, json_output.py, *_report.py | the output |
"""
