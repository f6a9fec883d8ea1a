"""Static files with hashed names, also inside ES modules: `import "./host.js"` names the hashed file, so that
a module is never loaded twice or stale."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatic(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
    max_post_process_passes = 20  # modules that import modules that import modules
