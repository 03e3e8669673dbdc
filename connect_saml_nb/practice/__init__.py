"""Practice without an AWS account."""
