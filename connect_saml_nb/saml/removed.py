"""What redaction puts in place of values that would make a message usable again."""

#: What stands in place of a signature's value. It is base64 (so that readers read on) and matches no signature.
REMOVED_SIGNATURE = "SIGNATURE/REMOVED/BY/REDACTION//"
REMOVED_DIGEST = "DIGEST/REMOVED/BY/REDACTION/"
REMOVED_CIPHER = "CIPHERTEXT/REMOVED/BY/REDACTION/"
REMOVED_CERTIFICATE = "CERTIFICATE/REMOVED/BY/REDACTION"
