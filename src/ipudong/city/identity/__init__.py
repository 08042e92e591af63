"""Accounts, departments, roles, permits and tokens: who may do what."""
