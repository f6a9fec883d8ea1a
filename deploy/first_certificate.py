"""A certificate that nobody trusts, so that nginx can start before a real one is there. One that is there stays.

python deploy/first_certificate.py --name desk.example.com --into /certificates
"""

from __future__ import annotations

import argparse
import datetime
import ipaddress
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAYS = 30


def make(*, names: list[str], into: Path) -> bool:
    """Write `fullchain.pem` and `privkey.pem` (mode 0600) for host names or addresses. False: they were there."""
    chain, key_file = into / "fullchain.pem", into / "privkey.pem"
    if chain.exists() and key_file.exists():
        return False
    into.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _signed(names=names, key=key)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(private)
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return True


def _signed(*, names: list[str], key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    itself = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    builder = x509.CertificateBuilder(
        issuer_name=itself,
        subject_name=itself,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - datetime.timedelta(hours=1),
        not_valid_after=now + datetime.timedelta(days=DAYS),
    )
    known_as = x509.SubjectAlternativeName([_general(name) for name in names])
    return builder.add_extension(known_as, critical=False).sign(key, hashes.SHA256())


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--name", action="append", required=True, help="host name; may be given again")
    parser.add_argument("--into", type=Path, required=True)
    given = parser.parse_args()
    made = make(names=given.name, into=given.into)
    print("a self-signed certificate was made" if made else "there is a certificate already")


if __name__ == "__main__":
    main()
