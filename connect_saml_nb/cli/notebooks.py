"""`connect-saml lab` and `connect-saml app`: the notebooks in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def add_lab_to(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description = "Every other option is handed to JupyterLab as it is, for example --port=8899."
    parser.set_defaults(run=_lab, parser=parser, passes_on=True)


def add_app_to(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.description = "Every other option is handed to Voila as it is, for example --port=8899."
    parser.set_defaults(run=_app, parser=parser, passes_on=True)


def _lab(options: argparse.Namespace) -> int:
    from connect_saml_nb.notebook.lab import open_lab  # noqa: PLC0415 -- JupyterLab only where it is wanted

    return open_lab(options.others)


def _app(options: argparse.Namespace) -> int:
    from connect_saml_nb.notebook.voila_app import open_app  # noqa: PLC0415 -- Voila only where it is wanted

    return open_app(options.others)
