"""The page that troubleshoots one sign-in."""
