"""TLS: a certificate that is trusted, and those that are refused before the credential is sent."""

import shutil
import ssl
import subprocess

import pytest
from helpers import KEY
from sockets import MODEL, OK, length

from claude_model import Client, CredentialError, UnavailableError

EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Return the folder of an authority, and of certificates that it signed."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificates")
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*argv):
        subprocess.run(["openssl", *argv], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", *EC, "-keyout", "authority.key", "-out", "authority.pem", "-days", "2", "-subj", "/CN=authority",
            "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    for name, alternative, days in (
        ("good", "IP:127.0.0.1", "1"),
        ("another-name", "DNS:other.test", "1"),
        ("expired", "IP:127.0.0.1", "-1"),
        ("api", "DNS:api.anthropic.com", "1"),
    ):
        (folder / "names").write_text(f"subjectAltName={alternative}\n", "utf-8")
        openssl("req", *EC, "-keyout", f"{name}.key", "-out", "request", "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", "request", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial",
                "-days", days, "-extfile", "names", "-out", f"{name}.pem")  # fmt: skip
    return folder


def context_of(certificates, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
    return context


def serve_tls(listen, certificates, name):
    return listen(length(len(MODEL)), context_of(certificates, name))


def test_trusted_certificate_is_answered(listen, certificates, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
    port = serve_tls(listen, certificates, "good").port
    client = Client(api_key=KEY, base_url=f"https://127.0.0.1:{port}")
    assert client.get_model("claude-opus-5").id == "claude-opus-5"


@pytest.mark.parametrize(
    ("name", "bundle", "words", "advice"),
    [
        ("good", None, "unable to get local issuer certificate", "if you trust this server, set SSL_CERT_FILE to its CA bundle"),
        ("another-name", "authority.pem", "IP address mismatch", "check base_url and the proxy"),
        ("expired", "authority.pem", "certificate has expired", "check base_url and the proxy"),
    ],
)  # fmt: skip
def test_bad_certificate_is_refused_once_and_before_the_credential_is_sent(
    listen, certificates, monkeypatch, name, bundle, words, advice
):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    if bundle:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates / bundle))
    listener = serve_tls(listen, certificates, name)
    url = f"https://127.0.0.1:{listener.port}"
    with pytest.raises(UnavailableError) as caught:
        Client(api_key=KEY, base_url=url).get_model("claude-opus-5")
    assert f"certificate verification failed ({words}" in str(caught.value)
    assert str(caught.value).endswith(f"; {advice}")
    assert (listener.connections, listener.heads) == (1, [])


def test_default_is_the_api_and_a_key_that_it_refuses_gives_no_hint_at_gateways(
    listen, certificates, monkeypatch
):
    def tunnel(connection):
        connection.sendall(OK + b"\r\n")
        with context_of(certificates, "api").wrap_socket(connection, server_side=True) as api:
            api.recv(65536)
            api.sendall(b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n")
        yield b""

    listener = listen(tunnel)
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{listener.port}")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
    with pytest.raises(CredentialError, match=r"; check api_key$"):
        Client(api_key=KEY).get_model("claude-opus-5")
    assert listener.heads[0].startswith(b"CONNECT api.anthropic.com:443 ")
