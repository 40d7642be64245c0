"""A device with passkeys, in software, whose answers tests can make wrong."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_PRESENT, _VERIFIED, _NEW = 0x01, 0x04, 0x40


@dataclass
class Device:
    """Makes one passkey for ``host`` and answers with it; ``count`` goes up with each answer."""

    origin: str = "https://testserver"
    host: str = "testserver"
    is_verified: bool = True
    count: int = 0
    handle: str = ""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def make(self, options: dict[str, Any]) -> str:
        """What the browser sends after ``navigator.credentials.create``."""
        self.handle = options["user"]["id"]
        public = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big")}
        made = b"\x00" * 16 + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cbor2.dumps(cose)
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(_NEW) + made}
        response = {"attestationObject": _text(cbor2.dumps(attestation)), "transports": ["internal"]}
        return self._answer("webauthn.create", options["challenge"], response)

    def use(self, options: dict[str, Any]) -> str:
        """What the browser sends after ``navigator.credentials.get``."""
        self.count += 1
        data = self._data()
        said = self._said("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"authenticatorData": _text(data), "signature": _text(signature), "userHandle": self.handle or None}
        return self._answer("webauthn.get", options["challenge"], response)

    def _data(self, flags: int = 0) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.is_verified else 0)
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _said(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _answer(self, kind: str, challenge: str, response: dict[str, Any]) -> str:
        name = _text(self.credential_id)
        said = {"clientDataJSON": _text(self._said(kind, challenge)), **response}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": said})


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
