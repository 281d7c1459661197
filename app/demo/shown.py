"""The cards that `make run` prints, each with a story that shows something."""

from .roles import ADJUST, ASK, BLOCK, JOIN, REDEEM, RETURN, SALE, STAMP, TAKE, Act, Shown


def _stamps(visits: int, *, joined: int, takes: bool) -> tuple[Act, ...]:
    """So many visits for a coffee since joining, the last one three days ago."""
    days = [3 + (joined - 3) * back // visits for back in range(visits)]
    stamps = [Act(day, STAMP) for day in days]
    return (*stamps, *(Act(day, TAKE, hour=9) for day in days if takes))


CAMILLE = Shown(
    "Camille",
    "Reuter",
    "gold, nine stamps, a birthday soon",
    (
        Act(88, JOIN, hour=7),
        *_stamps(19, joined=88, takes=True),
        Act(84, SALE, 6_840, hour=10),
        Act(76, SALE, 32_000, hour=10),  # trays for the office
        Act(70, SALE, 2_390, hour=12),
        Act(62, SALE, 28_650, hour=10),
        Act(58, REDEEM, name="Breakfast for two", hour=10),
        Act(51, SALE, 1_820, hour=12),
        Act(44, SALE, 41_200, hour=10),
        Act(39, SALE, 3_460, hour=12),
        Act(33, REDEEM, name="Breakfast for two", hour=10),
        Act(28, SALE, 29_900, hour=10),
        Act(21, ADJUST, 40, "The wrong tray came; with our apologies", hour=14),
        Act(17, REDEEM, name="€10.00 off", hour=12),
        Act(12, SALE, 1_640, hour=12),
        Act(11, RETURN, 480, hour=12),
        Act(8, REDEEM, name="€5.00 off", hour=11),
        Act(5, REDEEM, name="Breakfast for two", hour=10),
        Act(5, SALE, 720, hour=11),
        Act(3, SALE, 1_250, hour=12),
    ),
    birthday_in=2,
)
JONAS = Shown(
    "Jonas",
    "Weber",
    "twelve stamps, a reward not taken",
    (
        Act(88, JOIN, hour=7),
        *_stamps(12, joined=88, takes=False),
        Act(45, SALE, 1_470, hour=12),
        Act(24, SALE, 2_210, hour=12),
        Act(10, SALE, 1_890, hour=12),
        Act(1, ASK, 1_200, "A wedding order that was paid by invoice", hour=11),
    ),
)
ANOUK = Shown(
    "Anouk",
    "Majerus",
    "21 points before gold",
    (
        Act(60, JOIN, hour=9),
        Act(60, SALE, 21_000, hour=10),
        Act(52, SALE, 26_500, hour=10),
        Act(41, SALE, 30_000, hour=10),
        Act(36, REDEEM, name="€10.00 off", hour=12),
        Act(29, SALE, 29_000, hour=10),
        Act(26, REDEEM, name="Birthday cake", hour=12),
        Act(13, SALE, 30_000, hour=10),
        *(Act(day, STAMP) for day in (29, 23, 18, 13, 9, 6, 2)),
    ),
)
LEA = Shown(
    "Léa",
    "Hansen",
    "owes 50 points: spent, then returned",
    (
        Act(24, JOIN, hour=9),
        Act(10, SALE, 12_000, hour=10),
        Act(6, REDEEM, name="€5.00 off", hour=10),
        Act(2, RETURN, hour=11),
    ),
)
TOM = Shown(
    "Tom",
    "Kayser",
    "blocked: reported lost",
    (
        Act(40, JOIN, hour=9),
        *(Act(day, STAMP) for day in (38, 34, 27, 20, 11)),
        Act(20, SALE, 3_310, hour=10),
        Act(2, BLOCK, hour=10),
    ),
)

SHOWN = (CAMILLE, JONAS, ANOUK, LEA, TOM)
