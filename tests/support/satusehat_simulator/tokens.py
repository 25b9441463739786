"""Client credentials and the tokens given for them."""
import dataclasses
import string
import urllib.parse

from . import bodies

ALPHABET = string.ascii_letters + string.digits


@dataclasses.dataclass
class Client:
    secret: str
    organization: str


@dataclasses.dataclass
class Token:
    value: str
    client_id: str
    organization: str
    issued_at: float
    expires_at: float
    is_revoked: bool = False
    use_count: int = 0


class Tokens:
    """Every function is called with the simulator's lock held."""

    def __init__(self, clock, profile, rng):
        self.clock, self.profile, self.rng = clock, profile, rng
        self.clients, self.issued, self.by_value = {}, [], {}

    def random(self, length):
        return "".join(self.rng.choice(ALPHABET) for _ in range(length))

    def add_client(self, client_id, secret, organization):
        self.clients[client_id] = Client(secret, organization)

    def grant(self, query, form):
        """The answer of the token endpoint, and the token that is in it, if one is."""
        fields = dict(urllib.parse.parse_qsl(form.decode("latin-1"), keep_blank_values=True))
        client_id = fields.get("client_id", "")
        client = self.clients.get(client_id)
        if dict(query).get("grant_type") != "client_credentials" or not client or client.secret != fields.get("client_secret"):
            return bodies.bad_credentials(), None
        now, ttl_s = self.clock.now(), self.profile.token_ttl_s
        token = Token(self.random(28), client_id, client.organization, now, now + ttl_s)
        self.issued.append(token)
        self.by_value[token.value] = token
        return bodies.json_answer(200, {
            "refresh_token_expires_in": "0", "api_product_list": "[api-satusehat-simulator]",
            "api_product_list_json": ["api-satusehat-simulator"], "organization_name": "simulator",
            "developer.email": "nobody@simulator.invalid", "token_type": "BearerToken", "issued_at": "%d" % (now * 1000),
            "client_id": client_id, "access_token": token.value, "application_name": "dicom-bridge-simulator", "scope": "",
            "expires_in": "%d" % ttl_s, "refresh_count": "0", "status": "approved"}), token

    def of(self, authorization):
        """(the token of a header Authorization that is good, or None; whether it is known but expired)"""
        scheme, _, value = (authorization or "").partition(" ")
        token = self.by_value.get(value.strip()) if scheme.lower() == "bearer" else None
        if token is None or token.is_revoked:
            return None, False
        if token.expires_at <= self.clock.now():
            return None, True
        token.use_count += 1
        return token, False

    def revoke(self, value=None):
        """One, or all."""
        for token in self.issued:
            if value is None or token.value == value:
                token.is_revoked = True
