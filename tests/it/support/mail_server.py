"""A mail server that wants a password and encryption, as schools have it.

Usage: mail_server.py MODE PORT CERTIFICATE KEY FOLDER   (MODE: starttls or tls; the account is me / secret)
"""

import ssl
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import AuthResult

mode, port, certificate, key, folder = sys.argv[1:]
tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain(certificate, key)


def authenticate(_server, _session, _envelope, _mechanism, login):
    # The library answers what is not handled.
    return AuthResult(success=(login.login, login.password) == (b"me", b"secret"), handled=False)


encryption = {
    "starttls": {"tls_context": tls, "require_starttls": True},
    # The library does not see that such a connection is encrypted already.
    "tls": {"ssl_context": tls, "auth_require_tls": False},
}[mode]
Controller(
    Mailbox(folder), hostname="127.0.0.1", port=int(port), authenticator=authenticate, auth_required=True, **encryption
).start()
print("ready", flush=True)
threading.Event().wait()
