"""The people of the demo account, and what they talk about."""

from __future__ import annotations

import random
from dataclasses import dataclass

SHOP, NEIGHBOUR = "Harbor & Oak", "Globex"

# (name, e-mail, teams, availability). The first two are the ones whose passwords demo.json tells.
AGENTS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("Alice Marin", "alice@harbor-oak.example", (), "ONLINE"),
    ("Bob Okafor", "bob@harbor-oak.example", ("deliveries",), "ONLINE"),
    ("Chiara Lombardi", "chiara@harbor-oak.example", ("sales",), "ONLINE"),
    ("Daniel Weiss", "daniel@harbor-oak.example", ("deliveries", "workshop"), "BUSY"),
    ("Mei Tanaka", "mei@harbor-oak.example", ("sales",), "ONLINE"),
    ("Samir Haddad", "samir@harbor-oak.example", ("deliveries",), "OFFLINE"),
    ("Elena Petrova", "elena@harbor-oak.example", ("workshop",), "BUSY"),
)
BOT = "Acorn"
TEAMS = (
    ("deliveries", "Carriers, dates, missing boxes"),
    ("sales", "Advice before the order, resellers"),
    ("workshop", "Made to measure, warranty, repairs"),
)
LABELS = (
    ("delivery", "#0369A1", "Where is it, when does it come"),
    ("returns", "#C2410C", "Sent back or about to be"),
    ("vip", "#6D3FD1", "Regular customers"),
    ("warranty", "#B45309", "Something broke or was missing"),
    ("wholesale", "#0F766E", "Resellers"),
    ("custom-order", "#7C2D12", "Made to measure"),
    ("payment", "#15803D", "Cards, invoices, refunds"),
    ("feedback", "#BE185D", "Praise and complaints"),
    ("spam", "#6B7280", "Nothing to answer"),
)
# (model, key, name, type, description, values)
ATTRIBUTES = (
    ("CONTACT", "loyalty_tier", "Loyalty tier", "LIST", "From the shop", ("Acorn", "Sapling", "Oak")),
    ("CONTACT", "customer_since", "Customer since", "DATE", "First order", ()),
    ("CONTACT", "newsletter", "Newsletter", "CHECKBOX", "", ()),
    ("CONTACT", "vat_number", "VAT number", "TEXT", "Of companies", ()),
    ("CONVERSATION", "order_number", "Order number", "TEXT", "HO- and five digits", ()),
    ("CONVERSATION", "order_value", "Order value", "CURRENCY", "In euro", ()),
    ("CONVERSATION", "carrier", "Carrier", "LIST", "Who brings it", ("Nordfracht", "Kestrel", "Our own van")),
    ("CONVERSATION", "tracking", "Tracking", "LINK", "The carrier's page", ()),
)

PRODUCTS = (
    "Alder table", "Bay shelf", "Harbor chair", "Quay bench", "Drift sideboard", "Lantern stool", "Tide bed",
    "Cove desk", "Pier wardrobe", "Skiff coffee table", "Anchor coat rack", "Dune armchair",
)  # fmt: skip
CITIES = (
    "Hamburg", "Lyon", "Porto", "Ghent", "Graz", "Malmö", "Gdańsk", "Turin", "Leeds", "Cork", "Basel", "Utrecht",
    "Brno", "Valencia",
)  # fmt: skip
RELATIVES = 170
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
WOCHENTAGE = {
    "Monday": "Montag",
    "Tuesday": "Dienstag",
    "Wednesday": "Mittwoch",
    "Thursday": "Donnerstag",
    "Friday": "Freitag",
}


@dataclass(frozen=True)
class Customer:
    name: str
    language: str
    city: str
    country: str


_NAMES = {
    "en": (
        "Mira Castellanos", "Priya Raman", "Tomasz Zieliński", "Lea Moreau", "Oluwaseun Adeyemi",
        "Hannah Byrne", "Jack O'Sullivan", "Ingrid Dahl", "Noah van Dijk", "Aisha Khan", "Petr Novák",
        "Sofia Rossi", "Emma Lindqvist", "Liam Murphy", "Zoë Peeters", "Mateus Carvalho",
        "Anna-Maria Kowalska", "Ravi Subramanian", "Grace Mensah", "Theo Papadakis", "Freya Nielsen",
        "Lucas Bernard", "Chloé Dubois", "Arjun Mehta", "Isla Campbell", "Marek Horák", "Nadia Benali",
        "Owen Price", "Yara Haddad", "Viktor Szabó", "Camille Laurent", "Dylan Evans", "Ewa Wiśniewska",
        "Finn Andersen", "Giulia Conti", "Harriet Shaw", "Ivo Jansen", "Jana Svobodová", "Kofi Boateng",
        "Lina Bergström", "Moritz Egger", "Nora Walsh", "Pablo Ferreira", "Quentin Roux", "Rosa Almeida",
        "Stefan Ionescu", "Tess de Vries", "Una Gallagher", "Will Hartley", "Xenia Popescu", "Ayşe Yılmaz",
        "Zuzana Králová",
    ),
    "de": (
        "Jonas Weber", "Katharina Vogel", "Björn Schäfer", "Dr. Annegret Müller-Lüdenscheidt", "Lukas Hofmann",
        "Sabine Krüger", "Felix Baumgartner", "Ute Zimmermann",
    ),
    "es": ("Lucía Fernández", "Javier Ortega", "Carmen Núñez", "Íñigo Etxeberria", "Marisol Vega", "Diego Peña"),
    "zh": ("王小明", "李娜", "陈建国", "张伟", "刘洋", "赵敏", "欧阳静怡"),
    "ar": ("أمينة حداد", "محمد الفارسي", "ليلى منصور", "يوسف العتيبي", "فاطمة الزهراء"),
}  # fmt: skip
# Names that break a layout, as real ones do.
_HARD = (
    ("🌻 Sunny Side Café 🌻", "en"),
    ("Maria 👩‍👩‍👧‍👦", "en"),
    (
        "Wolfeschlegelsteinhausenbergerdorff-Rosenkranz-Hohenlohe zu Schillingsfürst, Maximilian Alexander",
        "de",
    ),
    ("Lagerhausgesellschaftsvertretungsbevollmächtigter Süd-West GmbH & Co. KG", "de"),
    ("X Æ A", "en"),
    ("عبد الرحمن بن عبد العزيز بن محمد آل سعود الكبير", "ar"),
    ("O", "en"),
)
_COUNTRIES = {
    "en": ("IE", "GB", "NL", "PL", "SE", "PT"),
    "de": ("DE", "AT", "CH"),
    "es": ("ES",),
    "zh": ("CN",),
    "ar": ("AE", "LB"),
}
_ABROAD = {"zh": ("上海", "杭州", "成都"), "ar": ("دبي", "بيروت"), "es": ("Valencia", "Bilbao", "Sevilla")}


def customers(dice: random.Random) -> list[Customer]:
    """All of them, in an order of their own, the hard names among the first."""
    people = [(name, language) for language, names in _NAMES.items() for name in names]
    people += [(name, "en") for name in _relatives(dice)]
    dice.shuffle(people)
    return [_customer(name, language, dice) for name, language in (*_HARD, *people)]


def _relatives(dice: random.Random) -> list[str]:
    """Other first names with the same last names: enough people that few write twice."""
    known = set(_NAMES["en"])
    first, last = zip(*(name.split(" ", 1) for name in _NAMES["en"]), strict=True)
    mixed = sorted({f"{one} {other}" for one in first for other in last} - known)
    return dice.sample(mixed, RELATIVES)


def _customer(name: str, language: str, dice: random.Random) -> Customer:
    city = dice.choice(_ABROAD.get(language, CITIES))
    return Customer(name, language, city, dice.choice(_COUNTRIES[language]))


def facts(customer: Customer, agent: str, dice: random.Random) -> dict[str, str]:
    """What {names} in scripts stand for."""
    day = dice.choice(DAYS)
    words = customer.name.split()
    return {
        "first": customer.name
        if customer.language == "zh"
        else words[0]
        if len(words[0]) > 2
        else customer.name,
        "agent": agent.split()[0],
        "order": f"HO-{dice.randrange(10_000, 99_999)}",
        "product": dice.choice(PRODUCTS),
        "price": str(dice.randrange(18, 240) * 10 - 1),
        "fee": str(dice.choice((29, 39, 45, 59))),
        "city": dice.choice(CITIES) if customer.language == "de" else customer.city,
        "day": WOCHENTAGE[day] if customer.language == "de" else day,
        "postcode": str(dice.randrange(10_000, 99_999)),
        "vat": f"{customer.country}{dice.randrange(10**8, 10**9)}",
    }
