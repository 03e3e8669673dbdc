"""An emulator of Amazon Connect, IAM and CloudTrail that the real boto3 clients talk to."""
