"""TLS: certificates that are refused, each with its remedy."""

import shutil
import ssl
import subprocess

import pytest
from helpers import KEY
from sockets import MODEL, length

import claude_model
from claude_model import APIError, Client


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """Return the folder of an authority, and of certificates that it signed (or did not)."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificates")
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*argv):
        subprocess.run(["openssl", *argv], cwd=folder, check=True, capture_output=True)

    def certify(name, subject_alt_name, days, authority="authority"):
        (folder / "names").write_text(f"subjectAltName={subject_alt_name}\n", "utf-8")
        openssl(
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            f"{name}.key",
            "-out",
            "request",
            "-subj",
            f"/CN={name}",
        )
        openssl("x509", "-req", "-in", "request", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
                "-CAcreateserial", "-days", days, "-extfile", "names", "-out", f"{name}.pem")  # fmt: skip

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "authority.key", "-out", "authority.pem",
            "-days", "2", "-subj", "/CN=authority", "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    certify("good", "IP:127.0.0.1", "1")
    openssl("x509", "-in", "good.pem", "-outform", "DER", "-out", "good.der")
    certify("another-name", "DNS:other.test", "1")
    certify("expired", "IP:127.0.0.1", "-1")
    certify("signed-by-no-authority", "IP:127.0.0.1", "1", authority="good")
    with open(folder / "signed-by-no-authority.pem", "a", encoding="ascii") as chain:
        chain.write((folder / "good.pem").read_text("ascii"))
    return folder


def serve_tls(listen, certificates, name, maximum=ssl.TLSVersion.MAXIMUM_SUPPORTED):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
    context.maximum_version = maximum
    return listen(length(len(MODEL)), context)


def test_https_with_a_trusted_certificate_is_answered(listen, certificates, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
    port = serve_tls(listen, certificates, "good").port
    assert (
        Client(api_key=KEY, base_url=f"https://127.0.0.1:{port}").get_model("claude-opus-5").id
        == "claude-opus-5"
    )


UNKNOWN = "unable to get local issuer certificate"


@pytest.mark.parametrize(
    ("name", "bundle", "flaw", "advice"),
    [
        ("good", None, UNKNOWN, "if you trust this server, set SSL_CERT_FILE to its CA bundle"),
        (
            "good",
            "missing.pem",
            UNKNOWN,
            "SSL_CERT_FILE is {bundle!r}, which is not a readable file",
        ),
        (
            "good",
            "good.der",
            UNKNOWN,
            "SSL_CERT_FILE is {bundle!r}, which has no PEM certificate",
        ),
        ("good", ".", UNKNOWN, "SSL_CERT_FILE is {bundle!r}, which is not a readable file"),
        (
            "good",
            "expired.pem",
            UNKNOWN,
            "if you trust this server, set SSL_CERT_FILE to its CA bundle",
        ),
        (
            "another-name",
            "authority.pem",
            "IP address mismatch, certificate is not valid for '127.0.0.1'.",
            "check the host name in base_url",
        ),
        ("expired", "authority.pem", "certificate has expired", "check the clock of this machine"),
        (
            "signed-by-no-authority",
            "authority.pem",
            "invalid CA certificate",
            "ask whoever runs this server for a valid certificate",
        ),
    ],
)
def test_bad_certificate_is_refused_before_the_credential_is_sent_and_names_its_remedy(
    listen, certificates, monkeypatch, name, bundle, flaw, advice
):
    path = str(certificates / bundle) if bundle else None
    if path:
        monkeypatch.setenv("SSL_CERT_FILE", path)
    else:
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        monkeypatch.setenv("SSL_CERT_DIR", str(certificates))  # A folder that is not empty.
    listener = serve_tls(listen, certificates, name)
    with pytest.raises(APIError) as caught:
        Client(api_key=KEY, base_url=f"https://127.0.0.1:{listener.port}").get_model(
            "claude-opus-5"
        )
    assert str(caught.value) == (
        f"127.0.0.1:{listener.port}: certificate verification failed ({flaw}); {advice.format(bundle=path)}"
    )
    assert (listener.connections, listener.heads) == (1, [])


@pytest.mark.filterwarnings("ignore:.*TLSv1_1:DeprecationWarning")
def test_old_protocol_is_refused_before_the_credential_is_sent(listen, certificates, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
    listener = serve_tls(listen, certificates, "good", ssl.TLSVersion.TLSv1_1)
    with pytest.raises(APIError, match=r"127.0.0.1:\d+: connection failed \(.*SSL"):
        Client(api_key=KEY, base_url=f"https://127.0.0.1:{listener.port}", max_retries=0).get_model(
            "claude-opus-5"
        )
    assert listener.heads == []


def test_python_without_any_ca_certificates_is_named(listen, certificates, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", "")  # OpenSSL then reads no file of its own.
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    if ssl.create_default_context().cert_store_stats()["x509_ca"]:
        pytest.skip("this Python has certificates elsewhere")
    port = serve_tls(listen, certificates, "good").port
    advice = "this Python has no CA certificates; set SSL_CERT_FILE to a CA bundle"
    with pytest.raises(APIError, match=advice):
        Client(api_key=KEY, base_url=f"https://127.0.0.1:{port}").get_model("claude-opus-5")


class Flaw:
    verify_message = "a flaw\x1b[31m"

    def __init__(self, code):
        self.verify_code = code


@pytest.mark.parametrize(
    ("codes", "advice"),
    [
        ((9, 10), "check the clock of this machine"),
        ((62, 64), "check the host name in the base URL"),
        ((2, 18, 19, 20, 21), "if you trust this server, set SSL_CERT_FILE to its CA bundle"),
        ((1, 7, 24, 79, 89), "ask whoever runs this server for a valid certificate"),
    ],
)
def test_code_of_a_certificate_error_decides_on_the_remedy(
    monkeypatch, certificates, codes, advice
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "authority.pem"))
    for code in codes:
        reason = "certificate verification failed (a flaw [31m)"
        assert claude_model._certificate_problem(Flaw(code), "the base URL") == (reason, advice)
