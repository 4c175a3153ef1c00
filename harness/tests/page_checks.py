# SPDX-License-Identifier: GPL-2.0-only
"""What must be so of every page, for html5lib and for Chromium; test_html.py uses it."""
import os
import re

import html5lib

import browser

SHOTS = "build/pages"
TAGS = set("html head meta title style body header main footer nav section h1 h2 h3 p a ul ol li dl dt "
           "dd div span strong code pre bdi br table caption thead tbody tr th td details summary "
           "figure figcaption img svg rect".split())
ATTRIBUTES = set("lang charset http-equiv content name class id href src alt scope open viewBox "
                 "preserveAspectRatio aria-hidden aria-label x width height".split())
counts = {True: 0, False: 0}


def check(good, what):
    counts[bool(good)] += 1
    if not good:
        print("FAILED:", what)


# ------------------------------------------------------------------ as a parser

def name_of(element):
    return element.tag.split("}")[-1]


def text_of(element):
    return "".join(element.itertext())


def check_links(root, where, folder):
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    check(len(ids) == len(set(ids)), where + ": an id twice")
    for e in root.iter():
        href, src = e.get("href"), e.get("src")
        if href:
            there = href[1:] in ids if href[0] == "#" else \
                re.fullmatch(r"html/[A-Za-z0-9._+@-]+\.html", href) and \
                os.path.exists(os.path.join(folder, href))
            check(there, f"{where}: a link to {href[:60]}")
        if src:
            check(re.fullmatch(r"data:image/png;base64,[A-Za-z0-9+/=]+", src),
                  f"{where}: an image from {src[:60]}")


def check_outline(root, where):
    levels = [int(name_of(e)[1]) for e in root.iter() if re.fullmatch("h[1-6]", name_of(e))]
    check(levels.count(1) == 1 and levels[0] == 1, f"{where}: first headings {levels[:4]}")
    check(all(b <= a + 1 for a, b in zip(levels, levels[1:])), f"{where}: headings {levels}")
    for e in root.iter():
        check(name_of(e) != "th" or e.get("scope"), where + ": a head of a table without scope")
        check(name_of(e) != "img" or e.get("alt"), where + ": an image without words")
        check(name_of(e) != "svg" or e.get("aria-hidden") == "true",
              where + ": a drawing that no words stand for")


def read_page(path):
    """Its tree, after what must be so of every page."""
    where = os.path.basename(path)
    with open(path, "rb") as file:
        data = file.read()
    text = data.decode()
    check(not re.search("[^\n\t -~\u00a0-\U0010ffff]", text), where + ": a control character")
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(text)
    check(not parser.errors, f"{where}: {parser.errors[:3]}")
    check(root.get("lang") == "en", where + ": lang")
    for e in root.iter():
        check(name_of(e) in TAGS, f"{where}: an element {e.tag}")
        check(set(e.keys()) <= ATTRIBUTES, f"{where}: attributes {list(e.keys())}")
    policy = [e.get("content") for e in root.iter("meta") if e.get("http-equiv")]
    check(len(policy) == 1 and policy[0].startswith("default-src 'none'; img-src data:; ") and
          "unsafe" not in policy[0] and "script" not in policy[0], f"{where}: policy {policy}")
    check(any(e.get("name") == "viewport" for e in root.iter("meta")), where + ": viewport")
    check(len(list(root.iter("main"))) == 1, where + ": main")
    check_links(root, where, os.path.dirname(path))
    check_outline(root, where)
    return root


# -------------------------------------------------------------------- as a browser

LOOK = r"""
const rgb = s => (s.match(/[\d.]+/g) || []).map(Number);
const light = c => { const [r, g, b] = c.slice(0, 3).map(v => { v /= 255;
  return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const back = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
  if (c.length == 3 || c[3] == 1) return c; } return [255, 255, 255]; };
const pale = [], small = [], wide = [];
for (const e of document.body.querySelectorAll('*')) {
  const own = [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim());
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  if (box.width && box.right > document.documentElement.clientWidth + 1) wide.push(e.tagName);
  if (!own || !box.width) continue;
  const a = light(rgb(style.color)), b = light(back(e));
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) pale.push(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2));
  if (parseFloat(style.fontSize) < 12) small.push(e.tagName + ' ' + style.fontSize);
}
const root = document.documentElement;
return { pale, small, wide, width: root.scrollWidth, inner: root.clientWidth, pwned: window.pwned,
  scripts: document.scripts.length, styled: getComputedStyle(document.body).backgroundColor,
  loaded: performance.getEntriesByType('resource').filter(r => !r.name.startsWith('data:')).length };
"""
HIDDEN = """
return [...document.querySelectorAll('details:not(.machines) > :not(summary)')]
  .filter(e => !e.checkVisibility({contentVisibilityAuto: true}) || !e.getBoundingClientRect().height)
  .map(e => e.textContent.slice(0, 40));
"""


def check_look(window, page, width, dark):
    what = f"{os.path.basename(page)[:-5]}-{width}-{'dark' if dark else 'light'}"
    window.look(width, dark)
    window.open(page)
    seen = window.ask(LOOK)
    check(not seen["pale"], f"{what}: contrast {seen['pale'][:4]}")
    check(not seen["small"], f"{what}: letters {seen['small'][:4]}")
    check(seen["width"] <= seen["inner"] == width and not seen["wide"],
          f"{what}: {seen['width']} wide: {seen['wide'][:4]}")
    check(seen["pwned"] is None and not seen["scripts"], what + ": a script")
    check(not seen["loaded"], what + ": something was loaded")
    # The policy lets no style in but the one whose hash it has.
    shade = sum(map(int, re.findall(r"\d+", seen["styled"])[:3]))
    check(shade < 100 if dark else shade > 600, f"{what}: the page is {seen['styled']}")
    window.screenshot(f"{SHOTS}/{what}.png", 4000)


def check_paper(window, page):
    window.command("Emulation.setEmulatedMedia", media="print", features=[
        {"name": "prefers-color-scheme", "value": "dark"}])
    hidden = window.ask(HIDDEN)
    check(not hidden, f"{page} on paper: not shown: {hidden[:3]}")
    back = window.ask("return getComputedStyle(document.body).backgroundColor")
    check(back == "rgb(255, 255, 255)", f"{page} on paper is {back}")
    window.paper(f"{SHOTS}/{os.path.basename(page)[:-5]}.pdf")


def check_browser(pages, profile):
    if browser.missing():
        print(f"test_html: browser: skipped: no {' and no '.join(browser.missing())}; "
              "next: harness/deps pages")
        return
    os.makedirs(SHOTS, exist_ok=True)
    with browser.Browser(profile) as window:
        for page in pages:
            for width in (360, 1280):
                for dark in (False, True):
                    check_look(window, page, width, dark)
            check_paper(window, page)
        check(not window.messages(), f"the browser complains: {window.messages()[:3]}")
