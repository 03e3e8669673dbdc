"""The page that analyses many captures and audits a directory."""
