"""`python -m connect_saml_nb`, and the command `connect-saml`."""

import sys

from connect_saml_nb.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
