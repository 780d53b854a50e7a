"""How a cluster proves itself to us, and we to it by certificate."""

import ssl
import tempfile

from homeport.adapters.kubernetes.access import Access
from homeport.model.errors import OutsideError


def tls_of(access: Access, certificate: bytes = b"") -> ssl.SSLContext:
    """Return what the connections need. ``certificate``: PEM of certificate and key that a plugin gave, instead of ours.

    Raises OutsideError when a certificate cannot be used.
    """
    try:
        tls = ssl.create_default_context(cadata=access.authority.decode("ascii") or None)
    except (ssl.SSLError, ValueError) as error:
        raise _unusable(access, "certificate-authority", error) from error
    # Clusters sign with authorities that newer rules of X.509 would refuse; Go accepts them.
    tls.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", ssl.VerifyFlags(0))
    if access.insecure:
        tls.check_hostname = False
        tls.verify_mode = ssl.CERT_NONE
    if pem := certificate or access.certificate:
        _prove(tls, pem, access)
    return tls


def _prove(tls: ssl.SSLContext, pem: bytes, access: Access) -> None:
    # The ssl module reads keys from files only: one that only we may read, for a moment.
    with tempfile.NamedTemporaryFile(prefix="homeport-") as file:
        file.write(pem)
        file.flush()
        try:
            tls.load_cert_chain(file.name)
        except (ssl.SSLError, ValueError) as error:
            raise _unusable(access, "client certificate", error) from error


def _unusable(access: Access, what: str, error: Exception) -> OutsideError:
    return OutsideError(
        f'the {what} of the context "{access.context}" cannot be used: {error}',
        hint="have the tool of your cluster write its kubeconfig anew",
    )
