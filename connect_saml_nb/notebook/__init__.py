"""The widgets behind the notebooks."""
