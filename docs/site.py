"""Turns the pages and the reference into static HTML with an index: `make docs`.

usage: site.py FOLDER_OF_PAGES OUTPUT_FOLDER

Every *.md below the folder becomes a page beside the others; links between pages follow. The order of the navigation is
that of the table in index.md; what it does not list comes after, under "Reference". Fails on a link that leads nowhere.
"""

import html
import re
import shutil
import sys
from pathlib import Path

import markdown

_LINK = re.compile(r'(<a [^>]*?href=")([^"#:]+?)(#[^"]*)?(")')
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_FENCE_KIND = re.compile(r"^```(\w+)[^\n]*$", re.MULTILINE)

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{root}style.css">
<title>{title}</title>
</head>
<body>
<nav aria-label="Pages"><a class="home" href="{root}index.html">Accel</a>{navigation}</nav>
<main>
{body}
</main>
</body>
</html>
"""


class SiteError(Exception):
    """Pages that cannot become a site; the message names the page."""


def title_of(page):
    """The first heading of the first level; what TableGen writes has none, and goes by the file's name."""
    match = _TITLE.search(_FENCE.sub("", page.read_text(encoding="utf-8")))
    return re.sub(r"[`*]", "", match[1]) if match else page.stem.replace("-", " ").capitalize()


def ordered(pages, root):
    """Pages in the order of the index, then the others by name."""
    index = root / "index.md"
    listed = re.findall(r"\]\(([\w/.-]+\.md)\)", index.read_text(encoding="utf-8"))
    ranks = {name: i for i, name in enumerate(dict.fromkeys(listed))}
    return sorted(pages, key=lambda p: (p != index, ranks.get(p.relative_to(root).as_posix(), len(ranks)), p.name))


def navigation(pages, root, current):
    """Links to every page; the current one is marked."""
    up = "../" * (len(current.relative_to(root).parts) - 1)
    parts, section = [], None
    for page in pages:
        name = page.relative_to(root)
        if name.as_posix() == "index.md":
            continue
        here = "Reference" if len(name.parts) > 1 else "Guide"
        if here != section:
            parts.append(f"<h2>{here}</h2>")
            section = here
        mark = ' aria-current="page"' if page == current else ""
        link = f"{up}{name.with_suffix('.html').as_posix()}"
        parts.append(f'<a href="{link}"{mark}>{html.escape(title_of(page))}</a>')
    return "".join(parts)


def convert(page, root, known):
    """The page's body; links to pages become links to their HTML."""
    # The checker's words after a fence's language mean nothing here.
    text = _FENCE_KIND.sub(lambda m: f"```{m[1]}", page.read_text(encoding="utf-8"))
    body = markdown.markdown(text, extensions=["fenced_code", "tables", "toc", "sane_lists"])

    def follow(match):
        target = (page.parent / match[2]).resolve()
        if target.suffix == ".md":
            if target not in known:
                raise SiteError(f"{page.relative_to(root)}: link to {match[2]} leads nowhere")
            return f"{match[1]}{match[2][:-3]}.html{match[3] or ''}{match[4]}"
        return match[0]

    head = "" if "<h1" in body else f"<h1>{html.escape(title_of(page))}</h1>\n"
    return head + _LINK.sub(follow, body)


def build(root, output):
    root = root.resolve()
    pages = ordered([p for p in root.rglob("*.md") if output.resolve() not in p.parents], root)
    known = {p.resolve() for p in pages}
    for page in pages:
        name = page.relative_to(root)
        target = output / name.with_suffix(".html")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_PAGE.format(
            root="../" * (len(name.parts) - 1), title=html.escape(f"{title_of(page)} - Accel"),
            navigation=navigation(pages, root, page), body=convert(page, root, known),
        ), encoding="utf-8")
    shutil.copyfile(Path(__file__).with_name("style.css"), output / "style.css")
    return len(pages)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    root, output = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        count = build(root, output)
    except SiteError as error:
        sys.exit(f"error: {error}")
    print(f"{count} pages, start at {output / 'index.html'}")


if __name__ == "__main__":
    main()
