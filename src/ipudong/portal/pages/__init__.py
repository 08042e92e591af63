"""The portal pages, one module a place."""
