"""The same installation behind Django REST framework as its tutorial has it: what our paths are compared with.
Middleware, pool, role, policies and the rate limit are ours (DRF's own keeps a list of all calls of the last
minute, which would be measured instead); only views, serializers, renderer and parser are stock."""

from config.settings import *  # noqa: F403
from config.settings import REST_FRAMEWORK

ROOT_URLCONF = "tests.bench.stock.urls"
REST_FRAMEWORK = {
    **REST_FRAMEWORK,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["tests.bench.stock.access.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}
