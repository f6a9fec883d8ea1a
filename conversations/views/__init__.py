"""The agents' pages. Each view is thin: read what was asked, call a query or an action, render."""
