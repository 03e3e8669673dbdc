"""Evidence from the AWS account: asked of the live account, or read from saved AWS CLI output. Read-only.

`collect` asks AWS and gives the raw answers; `write_folder` saves them, `read_folder` reads such a folder or one of
plain AWS CLI output, and `read_answers` makes one `model.Evidence` of raw answers, wherever they come from.
Never called are AssumeRoleWithSAML and connect:GetFederationToken: both give out credentials.
"""

from connect_saml_nb.evidence.asking import collect
from connect_saml_nb.evidence.permissions import PERMISSION_PARTS, permission_policy
from connect_saml_nb.evidence.plan import Ask, plan
from connect_saml_nb.evidence.raw import NOT_ASKED, PARTS, RawAnswer
from connect_saml_nb.evidence.read import read_answers
from connect_saml_nb.evidence.saved import read_folder, write_folder

__all__ = [
    "NOT_ASKED",
    "PARTS",
    "PERMISSION_PARTS",
    "Ask",
    "RawAnswer",
    "collect",
    "permission_policy",
    "plan",
    "read_answers",
    "read_folder",
    "write_folder",
]
