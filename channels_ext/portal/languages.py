"""What languages are called by those who speak them, and which way they are written."""

from __future__ import annotations

from django.utils.translation import get_language_info

_RIGHT_TO_LEFT = {"ar", "fa", "he", "ur", "ps", "ug", "yi"}
_NAMES = {"zh_CN": "简体中文", "zh_TW": "繁體中文", "zh": "中文", "no": "Norsk", "tl": "Tagalog"}


def direction_of(locale: str) -> str:
    return "rtl" if locale.split("_")[0].split("-")[0] in _RIGHT_TO_LEFT else "ltr"


def name_of(locale: str) -> str:
    """Its own name for itself, else the code."""
    if locale in _NAMES:
        return _NAMES[locale]
    try:
        name: str = get_language_info(locale.replace("_", "-").lower())["name_local"]
    except KeyError:
        return locale
    return name[:1].upper() + name[1:]
