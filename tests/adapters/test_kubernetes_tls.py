"""Proving who we are and who they are: a server with TLS on loopback, certificates made on the spot."""

import base64
import datetime as dt
import json
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from homeport.adapters.kubernetes.access import Access
from homeport.adapters.kubernetes.cluster import open_cluster
from homeport.adapters.kubernetes.kubeconfig import Plugin
from homeport.model.errors import OutsideError
from homeport.ports.cluster import ClusterError, Scope

ONE = Scope("v1", "ConfigMap", "shop", name="a")


class Authority:
    """Signs certificates."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        self.certificate = self._sign(self.name, self.key, x509.BasicConstraints(ca=True, path_length=None))

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(self, name: str) -> tuple[bytes, bytes]:
        """Return PEM of a certificate for a name, and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._sign(subject, key, x509.SubjectAlternativeName([x509.DNSName(name)]))
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return certificate.public_bytes(serialization.Encoding.PEM), secret

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key.public_key())
        made = made.serial_number(x509.random_serial_number()).add_extension(extension, critical=False)
        made = made.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        return made.sign(self.key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@asynccontextmanager
async def serving(authority: Authority, folder: Path) -> AsyncIterator[Access]:
    """Serve as ``k.example``; the answer to everything names whose certificate came."""
    (folder / "server.pem").write_bytes(b"\n".join(authority.issue("k.example")))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=authority.pem.decode())
    tls.load_cert_chain(folder / "server.pem")
    tls.verify_mode = ssl.CERT_OPTIONAL

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        peer = request.transport.get_extra_info("peercert") or {}
        return web.json_response({"who": [value for part in peer.get("subject", ()) for _, value in part]})

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    server = f"https://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield Access(context="test", server=server, authority=authority.pem, server_name="k.example")
    finally:
        await runner.cleanup()


async def who(access: Access) -> list[str]:
    async with open_cluster(access, {}) as cluster:
        found = await cluster.get(ONE)
        assert found is not None
        said: list[str] = found["who"]
        return said


def changed(access: Access, **fields: object) -> Access:
    return Access(**({name: getattr(access, name) for name in Access.__struct_fields__} | fields))


async def test_the_name_on_the_certificate_may_be_another(authority: Authority, tmp_path: Path) -> None:
    """tls-server-name is what the certificate must say, instead of the address."""
    async with serving(authority, tmp_path) as access:
        assert await who(access) == []
        with pytest.raises(ClusterError) as raised:
            await who(changed(access, server_name=None))
    assert raised.value.reason == "Untrusted"


async def test_another_authority_is_not_trusted(authority: Authority, tmp_path: Path) -> None:
    """A cluster that somebody else signed is refused at once, with the context to mend; insecure asks for no proof."""
    async with serving(authority, tmp_path) as access:
        with pytest.raises(ClusterError) as raised:
            await who(changed(access, authority=Authority().pem))
        assert (raised.value.reason, raised.value.hint) == (
            "Untrusted",
            'have the tool of your cluster write the context "test" anew',
        )
        assert await who(changed(access, authority=b"", insecure=True, server_name=None)) == []


async def test_a_client_certificate_says_who_we_are(authority: Authority, tmp_path: Path) -> None:
    """Certificate and key from the kubeconfig go with every connection, and lie in no file afterwards."""
    async with serving(authority, tmp_path) as access:
        pem = b"\n".join(authority.issue("ada"))
        assert await who(changed(access, certificate=pem)) == ["ada"]


async def test_a_plugin_may_give_a_certificate(authority: Authority, tmp_path: Path) -> None:
    """As a token, a certificate from a login program is ours until it is renewed."""
    certificate, key = (part.decode() for part in authority.issue("grace"))
    version = "client.authentication.k8s.io/v1beta1"
    status = {"clientCertificateData": certificate, "clientKeyData": key}
    said = json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status})
    text = base64.b64encode(said.encode()).decode()
    plugin = Plugin(version, sys.executable, ["-c", f"import base64; print(base64.b64decode('{text}').decode())"])
    async with serving(authority, tmp_path) as access:
        assert await who(changed(access, plugin=plugin)) == ["grace"]


@pytest.mark.parametrize(
    ("plugin", "said"),
    [
        (Plugin("client.authentication.k8s.io/v1", "/no/such/login"), 'login program "/no/such/login" is not there'),
        (Plugin("client.authentication.k8s.io/v1alpha1", "x"), 'speaks "client.authentication.k8s.io/v1alpha1"'),
        (Plugin("client.authentication.k8s.io/v1", "x", interactive_mode="Always"), "insists on a terminal"),
        (Plugin("client.authentication.k8s.io/v1", sys.executable, ["-c", "exit('log in first')"]), "1: log in first"),
        (Plugin("client.authentication.k8s.io/v1", sys.executable, ["-c", "print(7)"]), "not answer with an ExecCred"),
    ],
)
async def test_a_plugin_that_fails_is_told(plugin: Plugin, said: str) -> None:
    """Its name, what happened, and a next step."""
    async with open_cluster(Access(context="c", server="http://127.0.0.1:9", plugin=plugin), {}) as cluster:
        with pytest.raises(OutsideError) as raised:
            await cluster.get(ONE)
    assert said in raised.value.what
    assert raised.value.hint


async def test_a_certificate_that_is_none_is_told() -> None:
    """What the kubeconfig holds instead of one is an error with the context."""
    for wrong in ({"authority": b"no"}, {"certificate": b"no"}):
        async with open_cluster(Access(context="c", server="https://127.0.0.1:9", **wrong), {}) as cluster:
            with pytest.raises(OutsideError, match='of the context "c" cannot be used'):
                await cluster.get(ONE)
