"""Checks that every link inside a static site leads to a file, and every anchor to an id.

usage: site-links.py FOLDER
"""

import html.parser
import sys
from pathlib import Path


class Links(html.parser.HTMLParser):
    """Collects links and ids of a page."""

    def __init__(self):
        super().__init__()
        self.links, self.ids = [], set()

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if "id" in values:
            self.ids.add(values["id"])
        if tag == "a" and "href" in values:
            self.links.append(values["href"])


root = Path(sys.argv[1]).resolve()
pages = {}
for path in root.rglob("*.html"):
    pages[path] = Links()
    pages[path].feed(path.read_text(encoding="utf-8"))
broken = []
for path, page in pages.items():
    for link in page.links:
        if ":" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if target not in pages or (anchor and anchor not in pages[target].ids):
            broken.append(f"{path.relative_to(root)}: {link}")
if broken or len(pages) < 10:
    sys.exit("broken links:\n" + "\n".join(broken))
