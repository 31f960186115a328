"""Makes imported.tsv: hashes as the systems that shops come from store them.

On Debian 12, with its python3-bcrypt, python3-passlib and python3-argon2, and with Debian 13's
python3-django and python3-werkzeug (the first there with scrypt) unpacked beside them:

    apt-get install python3-bcrypt python3-passlib python3-argon2 python3-scrypt
    apt-get download python3-django python3-werkzeug    # with trixie in the sources
    for d in *.deb; do dpkg -x $d root; done
    PYTHONPATH=root/usr/lib/python3/dist-packages /usr/bin/python3 imported.py >imported.tsv

Costs are low where the system lets one choose, to keep the tests fast. Salts are random: another run
makes other hashes. Spring's, at the end, are from its own published tests.
"""

import hashlib
from base64 import b64encode
import bcrypt, django, passlib, scrypt, werkzeug
from importlib.metadata import version
from django.conf import settings
from django.contrib.auth import hashers
from passlib import hash as p
from werkzeug.security import generate_password_hash

settings.configure(PASSWORD_HASHERS=["django.contrib.auth.hashers." + h for h in (
    "PBKDF2PasswordHasher", "PBKDF2SHA1PasswordHasher", "Argon2PasswordHasher", "BCryptPasswordHasher",
    "BCryptSHA256PasswordHasher", "ScryptPasswordHasher")])
hashers.BCryptPasswordHasher.rounds = hashers.BCryptSHA256PasswordHasher.rounds = 4
hashers.ScryptPasswordHasher.work_factor = 1 << 10
hashers.PBKDF2PasswordHasher.iterations = hashers.PBKDF2SHA1PasswordHasher.iterations = 1000
hashers.Argon2PasswordHasher.memory_cost = 512

MAKERS = {
    "bcrypt": lambda w: bcrypt.hashpw(w.encode(), bcrypt.gensalt(4)).decode(),
    "bcrypt $2a$": lambda w: bcrypt.hashpw(w.encode(), bcrypt.gensalt(4, b"2a")).decode(),
    "passlib bcrypt $2y$": p.bcrypt.using(rounds=4, ident="2y").hash,
    "passlib bcrypt_sha256 2": p.bcrypt_sha256.using(rounds=4).hash,
    "passlib bcrypt_sha256 1": p.bcrypt_sha256.using(rounds=4, version=1).hash,
    "passlib pbkdf2_sha256": p.pbkdf2_sha256.using(rounds=1000).hash,
    "passlib pbkdf2_sha512": p.pbkdf2_sha512.using(rounds=1000).hash,
    "passlib pbkdf2_sha1": p.pbkdf2_sha1.using(rounds=1000).hash,
    "passlib scrypt": p.scrypt.using(rounds=10).hash,
    "passlib scrypt r=2 p=3": p.scrypt.using(rounds=5, block_size=2, parallelism=3).hash,
    "passlib argon2i": lambda w: p.argon2.using(type="I", memory_cost=512, rounds=2, parallelism=2).hash(w),
    "django pbkdf2_sha256": lambda w: hashers.make_password(w, hasher="pbkdf2_sha256"),
    "django pbkdf2_sha1": lambda w: hashers.make_password(w, hasher="pbkdf2_sha1"),
    "django bcrypt": lambda w: hashers.make_password(w, hasher="bcrypt"),
    "django bcrypt_sha256": lambda w: hashers.make_password(w, hasher="bcrypt_sha256"),
    "django scrypt": lambda w: hashers.make_password(w, hasher="scrypt"),
    "django argon2": lambda w: hashers.make_password(w, hasher="argon2"),
    "werkzeug pbkdf2": lambda w: generate_password_hash(w, "pbkdf2:sha256:1000"),
    "werkzeug pbkdf2 sha512": lambda w: generate_password_hash(w, "pbkdf2:sha512:1000"),
    "werkzeug scrypt": lambda w: generate_password_hash(w, "scrypt:1024:8:1"),
}

# scrypt by another library than passlib's and Python's own, in passlib's spelling.
def by_libscrypt(w):
    salt = b"sixteen byte slt"
    key = scrypt.hash(w.encode(), salt, N=1 << 10, r=8, p=1, buflen=32)
    return "$scrypt$ln=10,r=8,p=1$%s$%s" % tuple(b64encode(b).decode().rstrip("=") for b in (salt, key))

MAKERS["python3-scrypt"] = by_libscrypt

print("# Made by imported.py with Debian's bcrypt %s, passlib %s, Django %s, Werkzeug %s, scrypt %s." % (
    bcrypt.__version__, passlib.__version__, django.__version__, version("werkzeug"), version("scrypt")))
print("# Tab-separated: what, password, hash.")
for word in ("password", "비밀번호 하나"):
    for what, make in MAKERS.items():
        print(what, word, make(word), sep="\t")
LONG = "x" * 72
print("bcrypt 72", LONG, MAKERS["bcrypt"](LONG), sep="\t")
print("long bcrypt_sha256 2", LONG, MAKERS["passlib bcrypt_sha256 2"](LONG), sep="\t")
print("long bcrypt_sha256 1", LONG, MAKERS["passlib bcrypt_sha256 1"](LONG), sep="\t")
print("long django bcrypt_sha256", LONG, MAKERS["django bcrypt_sha256"](LONG), sep="\t")

print("""# Django's own tests/auth_tests/test_hashers.py (BSD-3-Clause), releases 4.0 and 5.1.
django 4.0 published	lètmein	scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw==
django 5.1 published	lètmein	scrypt$16384$seasalt$8$5$ECMIUp+LMxMSK8xB/IVyba+KYGTI7FTnet025q/1f/vBAVnnP3hdYqJuRi+mJn6ji6ze3Fbb7JEFPKGpuEf5vw==
# Spring Security's own tests (Apache-2.0): crypto/src/test/java/org/springframework/security/crypto,
# PasswordEncoderFactoriesTests and Argon2PasswordEncoderTests.
spring bcrypt	password	{bcrypt}$2a$10$dXJ3SW6G7P50lGmMkkmwe.20cQQubK3.HZWzG3YB1tlRy.fqvM/BG
spring pbkdf2	password	{pbkdf2}5d923b44a6d129f3ddf3e3c8d29412723dcbde72445e8ef6bf3b508fbf17fa4ed4d6b99ca763d8dc
spring scrypt	password	{scrypt}$e0801$8bWJaSu2IKSn9Z9kM+TPXfOc/9bdYSrN1oD9qfVThWEwdRTnO7re7Ei+fUZRJ68k9lTyuTeUp4of4g24hHnazw==$OAOec05+bXxvuu/1qZ6NUR+xQYvYv7BeL1QxwRpY5Pc=
spring argon2	sometestpassword	{argon2}$argon2id$v=19$m=4096,t=3,p=1$QUFBQUFBQUFBQUFBQUFBQQ$hmmTNyJlwbb6HAvFoHFWF+u03fdb0F2qA+39oPlcAqo
spring argon2 of 5.8	sometestpassword	{argon2@SpringSecurity_v5_8}$argon2id$v=19$m=512,t=5,p=4$QUFBQUFBQUFBQUFBQUFBQQ$PNv4C3K50bz3rmON+LtFpdisD7ePieLNq+l5iUHgc1k""")

# Spring's documented settings of 5.8 (PBKDF2WithHmacSHA256, 310000 rounds, a salt of 16 bytes; scrypt N=65536,
# r=8, p=1, salt 16, key 32), computed by Python's hashlib and python3-scrypt in Spring's layout.
SALT = bytes(range(16))
KEY = hashlib.pbkdf2_hmac("sha256", b"password", SALT, 310000)
print("# In Spring's documented layout and settings of 5.8, computed by Python's hashlib and python3-scrypt.")
print("computed spring pbkdf2 of 5.8", "password", "{pbkdf2@SpringSecurity_v5_8}" + (SALT + KEY).hex(), sep="\t")
KEY = scrypt.hash(b"password", SALT, N=1 << 16, r=8, p=1, buflen=32)
print("computed spring scrypt of 5.8", "password", "{scrypt@SpringSecurity_v5_8}$100801$%s$%s" % (
    b64encode(SALT).decode(), b64encode(KEY).decode()), sep="\t")
