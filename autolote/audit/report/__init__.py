"""An audit as text: a page, Markdown, JSON, SARIF. The same audit is the same text."""

from autolote.audit.report.as_json import render as render_json
from autolote.audit.report.markdown import render as render_markdown
from autolote.audit.report.page import render as render_html
from autolote.audit.report.sarif import render as render_sarif

__all__ = ["render_html", "render_json", "render_markdown", "render_sarif"]
