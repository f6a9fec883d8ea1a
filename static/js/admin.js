// Django's two-column chooser puts a label on a bare span, which has no role that could carry one.
addEventListener("load", () => document.querySelectorAll(".help-tooltip[aria-label]").forEach((hint) => hint.setAttribute("role", "img")));
