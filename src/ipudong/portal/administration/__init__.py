"""Administration: accounts, interface tokens, permits and the audit, as pages."""
