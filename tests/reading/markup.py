"""Pages whose markup is mutated: elements cut, doubled, nested, moved, left open or renamed."""

import re

LEAD = "The bridge over the river closes on Monday for repairs, the town council said. "

STATED = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<title>Bridge closes | Echo</title><meta property="og:title" content="Bridge closes">
<meta property="og:site_name" content="Echo"><base href="/a/">
<link rel="canonical" href="https://echo.example/2024/may/08/bridge">
<script type="application/ld+json">{{"@graph":[{{"@type":["NewsArticle"],"headline":"Bridge",
"datePublished":"2024-05-08T10:00:00Z","isAccessibleForFree":"False","wordCount":"900",
"author":[{{"name":"A. Person"}}],"hasPart":{{"isAccessibleForFree":false}}}}]}}</script></head>
<body><nav><ul><li><a href="/">Home</a></li></ul></nav><article><h1><a href="/">Echo</a></h1>
<h1>Bridge closes</h1><time datetime="2024-05-08">8 May</time><p>{LEAD * 2}</p><h2>More</h2>
<table><tr><th>Day</th><td>Monday</td></tr></table><p>{LEAD}</p><ol><li>One</li><li>Two</li></ol>
</article><aside><a href="/x">Next</a></aside><footer>© 2013 Echo</footer></body></html>"""

HIDDEN = f"""<html><title>Мост закрыт</title><body><noscript><p>{LEAD}<p>{LEAD}</noscript>
<template><p>{LEAD}</template><nav><div><p>{LEAD}<p>{LEAD}<form><p>{LEAD}<b><i></b>{LEAD}
<table><tr><td>{LEAD}"""

SHELL = """<html><head><script>document.write('<p>x')</script><style>p{}</style></head><body>
<div id=a></div><iframe src=x></iframe><ul><li><ul><li>x</ul></ul><svg><text>x</svg>"""

WALLED = """<html lang="ja"><head><title>橋&nbsp;閉鎖 - 日報</title></head><body>
<h1>橋&#x20;閉鎖</h1><p>橋は月曜日から補修のため閉鎖される、と町議会が発表した。&shy;\u202e&lrm;</p>
<div>この記事は会員限定です</div><p>2024年5月8日</p></body></html>"""

PAGES = (STATED, HIDDEN, SHELL, WALLED)


def mangled(page, chance):
    """Return `page` with up to ten changes of its markup, in some encoding."""
    parts = re.split(r"(<[^>]*>)", page)
    for _ in range(chance.randint(1, 10)):
        start, end = sorted(chance.randrange(len(parts)) for _ in range(2))
        chance.choice(CHANGES)(parts, start, end, chance)
        parts = parts or [page]
    codec = chance.choice(("utf-8", "utf-8", "utf-8", "utf-16-le", "cp1251", "shift_jis"))
    return "".join(parts)[: 1 << 20].encode(codec, "ignore")


def _cut(parts, start, end, chance):
    del parts[start : chance.choice((start + 1, end, len(parts)))]


def _double(parts, start, end, _):
    parts[start:start] = parts[start:end]


def _swap(parts, start, end, _):
    parts[start], parts[end] = parts[end], parts[start]


def _nest(parts, start, end, chance):
    parts[start:start] = [parts[end]] * chance.choice((2, 30, 600))


def _break(parts, start, _, chance):
    parts[start] = parts[start][: chance.randrange(len(parts[start]) + 1)]


def _rename(parts, start, _, chance):
    names = ("p", "div", "nav", "noscript", "template", "table", "head", "script", "svg")
    parts[start] = re.sub(r"^(</?)\w+", rf"\1{chance.choice(names)}", parts[start])


def _misquote(parts, start, _, chance):
    parts[start] = parts[start].replace('"', chance.choice(("", "'", '""', "\\", "\0")))


CHANGES = (_cut, _double, _swap, _nest, _break, _rename, _misquote)
