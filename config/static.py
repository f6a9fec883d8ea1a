"""Static files with hashed names, also inside ES modules: `import "./host.js"` names the hashed file, so that
a module is never loaded twice or stale."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatic(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
