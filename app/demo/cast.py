"""Who plays: three chains, their shops, staff and programmes. All invented.

Addresses are under example.com; the phone numbers are the ones Germany's Bundesnetzagentur
keeps for films. `names.txt` holds first names, an empty line, and last names.
"""

from pathlib import Path

from ..modules.loyalty.branding import LOGO, STRIP
from ..modules.loyalty.programs.rules import Bonus, Tier
from . import painting
from .roles import Chain, Gift, Shop, SignIn, Worker
from .shown import SHOWN

PASSWORD = "regulars-demo"  # noqa: S105 - printed by `make run`, and refused in production

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
                "point_value_bp": 50_000,  # 100 points are 5 euro
                "welcome_bonus_points": 25,
                "birthday_bonus_bp": 10_000,
                "tiers": (
                    Tier("Bronze", 0, 10_000),
                    Tier("Silver", 500, 11_000),
                    Tier("Gold", 1_500, 12_500),
                ),
                "card_name": "Carte Aubier",
                "card_color": "#761a3a",
                "terms_text": "Coffee and pastry are a stamp a visit: ten stamps are the next ones"
                " on the house. Everything else gives a point for each euro, and 100 points are"
                " 5 euro. Leave whenever you like: your card closes the same minute.",
                "privacy_url": "https://maison-aubier.example.com/privacy",
            },
        ),
        (79, {"stamps_reward_name": "Free coffee and pastry", "stamps_reward_value_minor": 590}),
        (
            31,
            {
                "welcome_bonus_points": 50,
                "max_daily_stamps": 4,
                "bonuses": (
                    Bonus(
                        "Quiet hours",
                        percent_bp=2_000,
                        weekdays=(1, 2, 3, 4, 5),
                        from_time="15:00",
                        until_time="17:00",
                    ),
                    Bonus("Every tenth purchase", points=10, every=10),
                ),
            },
        ),
    ),
    rewards=(
        Gift("€5.00 off", 100, 500),
        Gift("€10.00 off", 200, 1_000),
        Gift("Breakfast for two", 350, 1_900, "With eggs, a basket of bread and two coffees."),
        Gift("Birthday cake", 700, 3_400, "Order it two days ahead.", per_card_limit=1),
        Gift(
            "Sunday brioche",
            150,
            980,
            "Warm from eight o'clock, as long as there are some.",
            stock=40,
            shops=("grand-rue",),
        ),
    ),
    shown=SHOWN,
    pictures={LOGO: painting.logo, STRIP: painting.strip},
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

LIBRAIRIE = Chain(
    slug="librairie-alzette",
    name="Librairie Alzette",
    country="LU",
    timezone=LUXEMBOURG,
    customers=70,
    days=75,
    shops=(Shop("esch", "Esch", LUXEMBOURG, "23 rue de l'Alzette, Esch-sur-Alzette", 10, 18, 100),),
    staff=(
        Worker("Simone Wagner", "582634", "esch", "manager"),
        Worker("Rui Carvalho", "190857", "esch"),
    ),
    people=(SignIn("Simone Wagner", "simone@librairie-alzette.example.com"),),
    revisions=(
        (
            75,
            {
                "loyalty_type": "points",
                "points_per_unit": 2,
                "category_rates": {"books": 2, "stationery": 3, "vouchers": 0},
                "minimum_purchase_minor": 300,
                "max_points_per_order": 400,
                "bonus_stacking": "best",
                "void_policy": "forgive",
                "tiers": (Tier("Reader", 0, 10_000), Tier("Bookworm", 400, 12_000)),
                "bonuses": (Bonus("First visit", points=20, first_visit=True),),
                "card_name": "Carte Alzette",
                "card_color": "#274690",
            },
        ),
    ),
    rewards=(
        Gift("A notebook", 120, 450),
        Gift("A paperback of your choice", 300, 1_200, per_card_limit=4),
    ),
    basket=2_200,
)

OPERATOR = SignIn("Tom Kieffer", "tom@regulars.example.com")

CHAINS = (MAISON_AUBIER, FAHRRADHAUS, LIBRAIRIE)

_names = Path(__file__).with_name("names.txt").read_text().split("\n\n")
FIRST_NAMES, LAST_NAMES = (each.split() for each in _names)
