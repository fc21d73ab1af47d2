"""Headers that every answer carries, so that a browser does nothing with it but show it (OWASP Secure Headers Project).

No CORS header is ever sent: other sites' scripts cannot read us. An answer that says one of these itself keeps its own,
as the pages do whose scripts and styles are named by a nonce.
"""

from typing import Final

SECURITY_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    # Believed by browsers over HTTPS only, so it does no harm where there is no proxy with TLS in front.
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"cache-control", b"no-store"),
)
