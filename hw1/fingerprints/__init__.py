"""Which code something depends on, as digests: `code_digest` of a result, `claim_digest` of a claim.

A result's digest is part of its key in the store: when what `run` reaches changes, it is computed again. A claim's
digest is part of its registration: what the claim, its assay and its control reach was promised.
"""

from hw1.fingerprints.claims import claim_digest
from hw1.fingerprints.code import Code, code_digest, modules_reached

__all__ = ["Code", "claim_digest", "code_digest", "modules_reached"]
