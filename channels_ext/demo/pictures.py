"""The demo's files, drawn, played and printed when they are needed, so that the repository carries none."""

from __future__ import annotations

import io
import math
import struct
import wave

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

_OAK, _DARK, _WALL, _FLOOR = "#c69c6d", "#8a6238", "#e9e4da", "#b9ad98"


def table_with_a_scratch() -> SimpleUploadedFile:
    picture = Image.new("RGB", (960, 640), _WALL)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 430, 960, 640), fill=_FLOOR)
    draw.polygon([(150, 250), (810, 250), (900, 330), (60, 330)], fill=_OAK)
    for row in range(255, 330, 12):
        draw.line((150 - (row - 250), row, 810 + (row - 250), row), fill=_DARK)
    draw.rectangle((60, 330, 900, 352), fill=_DARK)
    for left in (90, 840):
        draw.rectangle((left, 352, left + 32, 580), fill=_OAK)
    draw.line((420, 268, 520, 300, 610, 290), fill="#fff4e2", width=4)
    draw.ellipse((380, 235, 650, 330), outline="#d22f27", width=6)
    return _upload("scratch.jpg", _saved(picture, "JPEG"), "image/jpeg")


def plan_of_a_room() -> SimpleUploadedFile:
    picture = Image.new("RGB", (1400, 900), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((80, 80, 1320, 820), outline="#1f2937", width=10)
    for number in range(11):
        left = 110 + number * 108
        draw.rectangle((left, 100, left + 96, 170), fill=_OAK, outline=_DARK, width=3)
        draw.text((left + 34, 128), f"{number + 1}", fill="#1f2937")
    draw.arc((80, 640, 260, 820), 270, 360, fill="#6b7280", width=4)
    draw.text((560, 850), "11 x 96 cm, height 2.31 m", fill="#1f2937")
    return _upload("library-plan.png", _saved(picture, "PNG"), "image/png")


def oil_sample() -> SimpleUploadedFile:
    picture = Image.new("RGB", (640, 640), _OAK)
    draw = ImageDraw.Draw(picture)
    for row in range(640):
        shade = int(18 * math.sin(row / 9) + 10 * math.sin(row / 3.7))
        draw.line((0, row, 320, row), fill=(198 + shade, 156 + shade, 109 + shade))
        draw.line((320, row, 640, row), fill=(120 + shade, 84 + shade, 52 + shade))
    return _upload("مثال-样品-smoked oak.webp", _saved(picture, "WEBP"), "image/webp")


def voice_message() -> SimpleUploadedFile:
    """Two seconds that rise and fall like a question."""
    rate, seconds = 16_000, 2.0
    frames = bytearray()
    phase = 0.0
    for number in range(int(rate * seconds)):
        at = number / rate
        phase += 2 * math.pi * (170 + 60 * math.sin(at * 5) + 45 * at) / rate
        loud = math.sin(math.pi * at / seconds) * (0.6 + 0.4 * math.sin(at * 22))
        frames += struct.pack("<h", int(9000 * loud * math.sin(phase)))
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(bytes(frames))
    return _upload("voice-message.wav", out.getvalue(), "audio/wav")


def invoice(number: str, amount: str) -> SimpleUploadedFile:
    lines = (
        "Harbor & Oak",
        f"Invoice {number}",
        "",
        f"Furniture, oak                {amount} EUR",
        "VAT included",
        "Thank you!",
    )
    text = "BT /F1 14 Tf 20 TL 72 740 Td " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    return _upload(f"invoice-{number}.pdf", _pdf(text.encode("ascii")), "application/pdf")


def _pdf(content: bytes) -> bytes:
    """One page. Offsets are those that the table at the end has to name."""
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    )
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % table
    return bytes(out)


def _saved(picture: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, quality=82)
    return out.getvalue()


def _upload(name: str, content: bytes, content_type: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type)
