"""A .p12 whose costs cannot be seen from outside: the bag that hashes so often is sealed itself."""

import secrets

from asn1crypto import algos, cms, core, keys
from asn1crypto import pkcs12 as asn1
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

_BYTES, _FEW = 16, 1_000


def chest(passphrase: str, rounds: int) -> bytes:
    """It opens with the passphrase, and the bag inside of it is hashed so many times."""
    algorithm, sealed = _sealed(b"no key", passphrase, rounds)
    told = {"encryption_algorithm": algorithm, "encrypted_data": sealed}
    kept = {
        "bag_id": "pkcs8_shrouded_key_bag",
        "bag_value": keys.EncryptedPrivateKeyInfo(told),
    }
    inner = asn1.SafeContents([asn1.SafeBag(kept)]).dump()
    algorithm, sealed = _sealed(inner, passphrase, _FEW)
    info = {
        "content_type": "data",
        "content_encryption_algorithm": algorithm,
        "encrypted_content": sealed,
    }
    outer = cms.EncryptedData({"version": 0, "encrypted_content_info": info})
    safe = asn1.AuthenticatedSafe(
        [cms.ContentInfo({"content_type": "encrypted_data", "content": outer})]
    )
    whole = {"content_type": "data", "content": core.OctetString(safe.dump())}
    return bytes(asn1.Pfx({"version": "v3", "auth_safe": whole}).dump())


def _sealed(
    content: bytes, passphrase: str, rounds: int
) -> tuple[algos.EncryptionAlgorithm, bytes]:
    """Under a key of a few rounds, whatever it says of them: many would take the test as long."""
    salt, start = secrets.token_bytes(8), secrets.token_bytes(_BYTES)
    hashing = PBKDF2HMAC(hashes.SHA256(), 2 * _BYTES, salt, min(rounds, _FEW))
    padder = padding.PKCS7(8 * _BYTES).padder()
    cipher = Cipher(algorithms.AES(hashing.derive(passphrase.encode())), modes.CBC(start))
    writing = cipher.encryptor()
    sealed = writing.update(padder.update(content) + padder.finalize()) + writing.finalize()
    derived = {
        "salt": algos.Pbkdf2Salt("specified", salt),
        "iteration_count": rounds,
        "prf": {"algorithm": "sha256"},
    }
    parameters = {
        "key_derivation_func": {"algorithm": "pbkdf2", "parameters": derived},
        "encryption_scheme": {"algorithm": "aes256_cbc", "parameters": start},
    }
    return algos.EncryptionAlgorithm({"algorithm": "pbes2", "parameters": parameters}), sealed
