"""Headers that tell a browser what a page of ours may do."""

from urllib.parse import urlsplit


def content_security_policy(gateway_url: str, tiles_url: str = "") -> str:
    """Only our own files; live streams from the gateway; workers from blobs for the map; tiles
    from the one host that the district named, if it named one."""
    tiles = urlsplit(tiles_url)
    tile_host = f" {tiles.scheme}://{tiles.netloc}" if tiles.netloc else ""
    rules = {
        "default-src": "'self'",
        "connect-src": f"'self' {gateway_url}{tile_host}",
        "img-src": f"'self' data: blob:{tile_host}",
        "style-src": "'self' 'unsafe-inline'",  # charts and maps set inline styles
        "worker-src": "'self' blob:",
        "font-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
