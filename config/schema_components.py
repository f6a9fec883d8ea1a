"""Parts of the API's description that no view knows. Read by the settings, and so without an import."""

from __future__ import annotations

from typing import Any

API_COMPONENTS: dict[str, Any] = {
    "schemas": {
        "Problem": {
            "type": "object",
            "description": "What was wrong, for programs (`code`) and for people.",
            "properties": {
                "code": {"type": "string"},
                # Of rules and macros: each field that was wrong, with what was wrong of it.
                "error": {"oneOf": [{"type": "string"}, {"type": "object", "additionalProperties": {}}]},
                "message": {"type": "string"},
                "errors": {"type": "array", "items": {"type": "string"}},
                "attributes": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["code"],
        }
    },
    "securitySchemes": {
        "access_token": {"type": "apiKey", "in": "header", "name": "api_access_token"},
        "session": {
            "type": "http",
            "scheme": "bearer",
            "description": "What POST /auth/sign_in answers in `authorization`; or its five headers one by one.",
        },
        "visitor_token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
    },
}
