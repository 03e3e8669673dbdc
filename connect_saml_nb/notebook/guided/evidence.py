"""What a sign-in can be judged with besides the users: the AWS account's answers, metadata, a key that decrypts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from connect_saml_nb.errors import EvidenceError, PasswordNeededError
from connect_saml_nb.evidence import read_folder
from connect_saml_nb.model.record import replace
from connect_saml_nb.signature import read_key, read_metadata

if TYPE_CHECKING:
    from connect_saml_nb.model.account import Evidence
    from connect_saml_nb.model.signature import Metadata
    from connect_saml_nb.signature import PrivateKey

_MOST_METADATA = 64 << 20  # bytes; larger files are refused by their reader


@dataclass(frozen=True, slots=True)
class ExtraInputs:
    """What was given or asked for; `key_path` is where the key came from. The key itself is not in the repr."""

    evidence: Evidence | None = None
    metadata: tuple[Metadata, ...] = ()
    keys: tuple[PrivateKey, ...] = ()
    key_path: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing yet."""
        return self.evidence is None and not self.metadata and not self.keys

    def with_folder(self, path: str) -> ExtraInputs:
        """Add saved answers of the AWS account. Raises EvidenceError."""
        if not path:
            raise EvidenceError("Enter the path of the folder with the account’s answers first.")
        return replace(self, evidence=read_folder(path))

    def with_metadata(self, name: str, file: BinaryIO) -> ExtraInputs:
        """Add an identity provider's metadata; the same entity ID given before is replaced. Raises EvidenceError."""
        found = read_metadata(file.read(_MOST_METADATA), name=name)
        new = {m.entity_id for m in found}
        return replace(self, metadata=(*(m for m in self.metadata if m.entity_id not in new), *found))

    def with_key(self, path: str) -> ExtraInputs:
        """Use the private key in a file on the server. Raises EvidenceError."""
        if not path:
            raise EvidenceError("Enter the path of the private key first.")
        try:
            return replace(self, keys=(read_key(path),), key_path=path)
        except PasswordNeededError:
            raise EvidenceError(
                "This key has a password, which this page does not ask for: use ‘connect-saml diagnose’ with "
                "--decrypt-key on the command line."
            ) from None
