"""Tokens that are none of the identity provider's to believe: every kind of forgery that we know, by name.

Each is made from a good access token by one change. Sources: RFC 8725; CVE-2015-9235 (none), CVE-2016-10555 (key
confusion), CVE-2018-0114 (an embedded key), CVE-2022-21449 (a signature of zeros).
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def encode(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def written(value: object) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def new_rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2_048)


def sign_rs256(signing_input: bytes, key: rsa.RSAPrivateKey) -> bytes:
    return key.sign(signing_input, padding.PKCS1v15(), hashes.SHA256())


def public_pem(key: rsa.RSAPrivateKey) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form)


@dataclass
class Keys:
    """The provider's keys: two for signatures, one that is for encryption, one that was retired, and a stranger's."""

    main: rsa.RSAPrivateKey = field(default_factory=new_rsa)
    curve: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    encryption: rsa.RSAPrivateKey = field(default_factory=new_rsa)
    retired: rsa.RSAPrivateKey = field(default_factory=new_rsa)
    stranger: rsa.RSAPrivateKey = field(default_factory=new_rsa)
    main_id: str = "main-1"

    def published(self) -> dict[str, Any]:
        """The key set that the provider publishes."""
        rsas = ((self.main_id, self.main, {"alg": "RS256", "use": "sig"}), ("enc-1", self.encryption, {"use": "enc"}))
        keys = [rsa_jwk(key, kid) | more for kid, key, more in rsas]
        numbers = self.curve.public_key().public_numbers()
        point = {"x": encode(numbers.x.to_bytes(32)), "y": encode(numbers.y.to_bytes(32))}
        return {"keys": [*keys, {"kty": "EC", "crv": "P-256", "kid": "curve-1", **point}]}


def rsa_jwk(key: rsa.RSAPrivateKey, kid: str) -> dict[str, Any]:
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "kid": kid, "n": encode(numbers.n.to_bytes(256)), "e": "AQAB"}


@dataclass
class Good:
    """A good access token, before it is signed."""

    keys: Keys
    issuer: str
    audience: str
    client_id: str
    now: int

    def header(self, **changes: Any) -> dict[str, Any]:
        """Its header; a change to None leaves a name out."""
        return without({"alg": "RS256", "kid": self.keys.main_id, "typ": "at+jwt"} | changes)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Its claims."""
        return without(
            {
                "iss": self.issuer,
                "aud": self.audience,
                "sub": "person-1",
                "client_id": self.client_id,
                "iat": self.now,
                "exp": self.now + 300,
                "amr": ["pwd", "mfa"],
                "roles": ["billing"],
            }
            | changes
        )

    def sign(self, header: object, claims: object, key: rsa.RSAPrivateKey | None = None) -> str:
        """A token by RS256, of whatever header and claims."""
        text = f"{encode(written(header))}.{encode(written(claims))}"
        return f"{text}.{encode(sign_rs256(text.encode(), key or self.keys.main))}"

    def token(self, **claims: Any) -> str:
        """A good token with these claims changed."""
        return self.sign(self.header(), self.claims(**claims))

    def hmac(self, secret: bytes, **header: Any) -> str:
        """A token by HS256 under ``secret``."""
        text = f"{encode(written(self.header(alg='HS256', **header)))}.{encode(written(self.claims()))}"
        made = hmac.HMAC(secret, hashes.SHA256())
        made.update(text.encode())
        return f"{text}.{encode(made.finalize())}"


def without(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _pss(good: Good) -> str:
    text = f"{encode(written(good.header(alg='PS256')))}.{encode(written(good.claims()))}"
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    return f"{text}.{encode(good.keys.main.sign(text.encode(), pss, hashes.SHA256()))}"


def _curve(good: Good, **header: Any) -> str:
    text = f"{encode(written(good.header(alg='ES256', kid='curve-1', **header)))}.{encode(written(good.claims()))}"
    pair = decode_dss_signature(good.keys.curve.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{encode(b''.join(number.to_bytes(32) for number in pair))}"


def _own_key(good: Good, **header: Any) -> str:
    return good.sign(good.header(**header), good.claims(), good.keys.stranger)


def _parts(good: Good) -> list[str]:
    return good.token().split(".")


def _nested(good: Good) -> str:
    return good.sign(good.header(cty="JWT"), good.token().encode())


def _raw(claims: dict[str, Any], name: str, value: str) -> bytes:
    """Claims with one more, written as it is."""
    return json.dumps(claims)[:-1].encode() + f', "{name}": {value}}}'.encode()


def _not_canonical(good: Good) -> str:
    """The last sign of a signature has bits that mean nothing: another one reads the same."""
    token = good.token()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]


URL = "https://elsewhere.test/keys"

FORGERIES: Mapping[str, Callable[[Good], str]] = {
    # No signature, or one that anybody can make.
    "alg none": lambda g: f"{encode(written(g.header(alg='none')))}.{encode(written(g.claims()))}.",
    "alg none with a signature": lambda g: g.sign(g.header(alg="none"), g.claims()),
    "alg nOnE": lambda g: g.sign(g.header(alg="nOnE"), g.claims()),
    "no alg": lambda g: g.sign(g.header(alg=None), g.claims()),
    "alg is a list": lambda g: g.sign(g.header(alg=["RS256"]), g.claims()),
    "HS256 with the public key as PEM": lambda g: g.hmac(public_pem(g.keys.main)),
    "HS256 with the public key as JSON": lambda g: g.hmac(json.dumps(g.keys.published()["keys"][0]).encode()),
    "HS256 with nothing": lambda g: g.hmac(b""),
    "a stranger's signature": lambda g: g.sign(g.header(), g.claims(), g.keys.stranger),
    "a retired key under its own id": lambda g: g.sign(g.header(kid="main-0"), g.claims(), g.keys.retired),
    "a retired key under the new id": lambda g: g.sign(g.header(), g.claims(), g.keys.retired),
    "the key for encryption": lambda g: g.sign(g.header(kid="enc-1"), g.claims(), g.keys.encryption),
    "another algorithm than the key's": _pss,
    "RS256 under the id of a curve": lambda g: g.sign(g.header(kid="curve-1"), g.claims()),
    "ES256 of zeros": lambda g: ".".join((*_curve(g).split(".")[:2], encode(bytes(64)))),
    "the signature of another token": lambda g: ".".join((*_parts(g)[:2], g.token(sub="x").split(".")[2])),
    "a signature cut short": lambda g: g.token()[:-8],
    "claims changed after signing": lambda g: ".".join(
        (_parts(g)[0], encode(written(g.claims(roles=["supervisor"]))), _parts(g)[2])
    ),
    # Where the key is found.
    "no kid": lambda g: g.sign(g.header(kid=None), g.claims()),
    "an empty kid": lambda g: g.sign(g.header(kid=""), g.claims()),
    "kid is a number": lambda g: g.sign(g.header(kid=1), g.claims()),
    "an unknown kid": lambda g: _own_key(g, kid="main-2"),
    "kid is a path": lambda g: g.hmac(b"", kid="../../../../../dev/null"),
    "kid is SQL": lambda g: g.hmac(b"x", kid="' UNION SELECT 'x"),
    "kid is an address": lambda g: _own_key(g, kid=URL),
    "a huge kid": lambda g: _own_key(g, kid="k" * 2_000),
    "jku": lambda g: _own_key(g, jku=URL),
    "jku of a good token": lambda g: g.sign(g.header(jku=URL), g.claims()),
    "x5u": lambda g: _own_key(g, x5u=URL),
    "x5c": lambda g: _own_key(g, x5c=["MIIB"]),
    "jwk": lambda g: _own_key(g, jwk=rsa_jwk(g.keys.stranger, g.keys.main_id)),
    "jwk of a good token": lambda g: g.sign(g.header(jwk=rsa_jwk(g.keys.main, g.keys.main_id)), g.claims()),
    "crit that nobody knows": lambda g: g.sign(g.header(crit=["exp"], exp=1), g.claims()),
    "crit with b64": lambda g: g.sign(g.header(crit=["b64"], b64=False), g.claims()),
    # The form.
    "an id token": lambda g: g.sign(g.header(typ="JWT"), g.claims(aud=g.client_id, nonce="n")),
    "typ JWT": lambda g: g.sign(g.header(typ="JWT"), g.claims()),
    "typ of a logout token": lambda g: g.sign(g.header(typ="logout+jwt"), g.claims()),
    "no typ": lambda g: g.sign(g.header(typ=None), g.claims()),
    "nested": _nested,
    "five parts": lambda g: g.token() + ".AAAA.AAAA",
    "two parts": lambda g: ".".join(_parts(g)[:2]),
    "JSON in place of a compact token": lambda g: json.dumps(
        dict(zip(("protected", "payload", "signature"), _parts(g), strict=True))
    ).replace(" ", ""),
    "a name twice in the header": lambda g: g.sign(_raw(g.header(), "kid", f'"{g.keys.main_id}"'), g.claims()),
    "a claim twice": lambda g: g.sign(g.header(), _raw(g.claims(), "sub", '"person-2"')),
    "a claim twice, deep": lambda g: g.sign(g.header(), _raw(g.claims(), "act", '{"sub": "a", "sub": "b"}')),
    "claims that are a list": lambda g: g.sign(g.header(), [g.claims()]),
    "claims that are no JSON": lambda g: g.sign(g.header(), b"{"),
    "claims nested without end": lambda g: g.sign(g.header(), _raw(g.claims(), "x", "[" * 1_000 + "]" * 1_000)),
    "base64 with padding": lambda g: g.token() + "==",
    "base64 that is not canonical": _not_canonical,
    "a token of 60 kB": lambda g: g.token(filler="x" * 45_000),
    # The claims.
    "another issuer": lambda g: g.token(iss="https://elsewhere.test"),
    "the issuer with a slash": lambda g: g.token(iss=g.issuer + "/"),
    "the issuer in a list": lambda g: g.token(iss=[g.issuer]),
    "no issuer": lambda g: g.token(iss=None),
    "another audience": lambda g: g.token(aud="another-api"),
    "audiences without ours": lambda g: g.token(aud=["one", "two"]),
    "the audience is a number": lambda g: g.token(aud=7),
    "no audience": lambda g: g.token(aud=None),
    "no subject": lambda g: g.token(sub=None),
    "an empty subject": lambda g: g.token(sub=" "),
    "the subject is a number": lambda g: g.token(sub=7),
    "expired": lambda g: g.token(iat=g.now - 900, exp=g.now - 600),
    "no end": lambda g: g.token(exp=None),
    "the end is text": lambda g: g.token(exp=str(g.now + 300)),
    "the end is NaN": lambda g: g.sign(g.header(), _raw(g.claims(exp=None), "exp", "NaN")),
    "the end is infinite": lambda g: g.sign(g.header(), _raw(g.claims(exp=None), "exp", "1e999")),
    "the end is in ten years": lambda g: g.token(exp=g.now + 10 * 365 * 86_400),
    "not before tomorrow": lambda g: g.token(nbf=g.now + 86_400),
    "made tomorrow": lambda g: g.token(iat=g.now + 86_400, exp=g.now + 86_700),
    "no beginning": lambda g: g.token(iat=None),
    "a password alone": lambda g: g.token(amr=["pwd"]),
    "no word of how the person signed in": lambda g: g.token(amr=None),
}
"""Every forgery by its name."""
