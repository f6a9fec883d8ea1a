"""Static files with hashed names, also inside ES modules: `import "./host.js"` names the hashed file, so that
a module is never loaded twice or stale. Comments and indentation of what visitors of other people's sites load stay
here."""

import re
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatic(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
    max_post_process_passes = 20  # modules that import modules that import modules

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        if name and re.fullmatch(r"widget/\w+\.js", name):
            content = ContentFile(squeezed(content.read().decode()).encode(), name=name)
        return super().save(name, content, max_length)


def squeezed(script: str) -> str:
    """Without its comments of whole lines and its indentation. Lines stay lines, so nothing else can change; a
    text of several lines must not depend on either."""
    script = re.sub(r"(?m)^[ \t]+", "", script)
    script = re.sub(r"(?s)^/\*.*?\*/\n", "", script)
    script = re.sub(r"(?m)^//[^\n]*\n", "", script)
    return re.sub(r"\n{2,}", "\n", script)
