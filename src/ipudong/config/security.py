"""Headers that tell a browser what a page of ours may do."""


def content_security_policy(gateway_url: str) -> str:
    """Only our own files; live streams from the gateway; workers from blobs for the map."""
    rules = {
        "default-src": "'self'",
        "connect-src": f"'self' {gateway_url}",
        "img-src": "'self' data: blob:",
        "style-src": "'self' 'unsafe-inline'",  # charts and maps set inline styles
        "worker-src": "'self' blob:",
        "font-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
