"""Who plays: two chains, their shops, staff and programmes. All invented.

Addresses are under example.com; the phone numbers are the ones Germany's Bundesnetzagentur
keeps for films. `names.txt` holds first names, an empty line, and last names.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

PASSWORD = "regulars-demo"  # noqa: S105 - printed by `make run`, and refused in production


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop with its hours (local, whole hours), and how many in a hundred call it theirs."""

    slug: str
    name: str
    timezone: str
    address: str
    opens: int
    closes: int
    share: int
    sundays: bool = False


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody behind the counter of one shop, by its slug, or (None) of every shop."""

    name: str
    pin: str
    shop: str | None
    role: str = "staff"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody with an e-mail and `PASSWORD`; with a shop they are its manager."""

    name: str
    email: str
    shop: str | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """A company; `revisions` are rule changes by how many days ago they were published."""

    slug: str
    name: str
    country: str
    timezone: str
    customers: int
    days: int
    shops: tuple[Shop, ...]
    staff: tuple[Worker, ...]
    people: tuple[SignIn, ...]
    revisions: tuple[tuple[int, dict[str, Any]], ...]
    named: tuple[tuple[str, str], ...] = ()


LUXEMBOURG, BERLIN = "Europe/Luxembourg", "Europe/Berlin"

MAISON_AUBIER = Chain(
    slug="maison-aubier",
    name="Maison Aubier",
    country="LU",
    timezone=LUXEMBOURG,
    customers=600,
    days=122,
    shops=(
        Shop("kirchberg", "Kirchberg", LUXEMBOURG, "12 rue Edward Steichen, Luxembourg", 7, 19, 36),
        Shop("grand-rue", "Grand-Rue", LUXEMBOURG, "41 Grand-Rue, Luxembourg", 7, 19, 27, True),
        Shop("bonnevoie", "Bonnevoie", LUXEMBOURG, "88 rue de Bonnevoie, Luxembourg", 6, 18, 17),
        Shop("trier-hauptmarkt", "Trier Hauptmarkt", BERLIN, "Hauptmarkt 9, Trier", 7, 19, 20),
    ),
    staff=(
        Worker("Nora Schmit", "441729", "kirchberg", "manager"),
        Worker("Luca Pereira", "286020", "kirchberg"),
        Worker("Amélie Fischbach", "730585", "kirchberg"),
        Worker("Yannick Thill", "914254", "kirchberg"),
        Worker("Claudine Weis", "603806", "grand-rue", "manager"),
        Worker("Mathieu Lambert", "357127", "grand-rue"),
        Worker("Sofia Martins", "829478", "grand-rue"),
        Worker("Pol Kieffer", "512799", "bonnevoie", "manager"),
        Worker("Inès Faber", "169341", "bonnevoie"),
        Worker("Katrin Hoffmann", "748682", "trier-hauptmarkt", "manager"),
        Worker("Jörg Pfeiffer", "405224", "trier-hauptmarkt"),
        Worker("Lena Krämer", "963147", "trier-hauptmarkt"),
        Worker("Étienne Aubier", "271866", None, "manager"),
    ),
    people=(
        SignIn("Claire Aubier", "claire@maison-aubier.example.com"),
        SignIn("Nora Schmit", "nora@maison-aubier.example.com", "kirchberg"),
    ),
    revisions=(
        (
            122,
            {
                "loyalty_type": "hybrid",
                "stamps_target": 10,
                "stamps_reward_name": "Free coffee",
                "stamps_reward_value_minor": 320,
                "welcome_bonus_points": 25,
                "card_name": "Carte Aubier",
                "card_color": "#761a3a",
                "terms_text": "One stamp for each breakfast or coffee. Ten stamps are a coffee"
                " on the house. Leave whenever you like: your card closes the same minute.",
                "privacy_url": "https://maison-aubier.example.com/privacy",
            },
        ),
        (79, {"stamps_reward_name": "Free coffee and pastry", "stamps_reward_value_minor": 590}),
        (31, {"welcome_bonus_points": 50, "max_daily_stamps": 4}),
    ),
    named=(("Camille", "Reuter"), ("Jonas", "Weber")),
)

FAHRRADHAUS = Chain(
    slug="fahrradhaus-mosel",
    name="Fahrradhaus Mosel",
    country="DE",
    timezone=BERLIN,
    customers=48,
    days=90,
    shops=(Shop("konz", "Konz", BERLIN, "Saarstraße 30, Konz", 9, 18, 100),),
    staff=(
        Worker("Uwe Mertes", "338408", "konz", "manager"),
        Worker("Mira Adams", "615050", "konz"),
    ),
    people=(SignIn("Uwe Mertes", "uwe@fahrradhaus-mosel.example.com"),),
    revisions=(
        (
            90,
            {
                "loyalty_type": "stamps",
                "stamps_target": 6,
                "stamps_reward_name": "Free inspection",
                "stamps_reward_value_minor": 4900,
                "cooldown_minutes": 60,
                "card_name": "Mosel-Karte",
                "card_color": "#1d5b79",
            },
        ),
    ),
)

CHAINS = (MAISON_AUBIER, FAHRRADHAUS)

_names = Path(__file__).with_name("names.txt").read_text().split("\n\n")
FIRST_NAMES, LAST_NAMES = (each.split() for each in _names)
