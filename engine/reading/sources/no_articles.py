"""What lies in folders beside articles and is none: told by name, and read only when named itself.

These files are text, so that their content alone would make articles of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path, PurePath
from typing import Final

from engine.disk.layout import Layout
from engine.words.late import late


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENDINGS: Final = _words(
    # source code and what builds it
    ".asm .bas .c .cc .clj .cmake .cpp .cs .cxx .d .dart .diff .el .erl .ex .exs .f .f90 .fs .go"
    " .gradle .groovy .h .hh .hpp .hs .java .jl .kt .kts .lisp .lua .m .ml .nim .patch .php .pl .pm"
    " .proto .pxd .py .pyi .pyx .r .rb .rs .scala .scm .sol .sql .swift .tcl .tf .v .vb .vhd .zig"
    # scripts
    " .awk .bash .bat .cjs .cmd .coffee .cts .fish .js .jsx .mjs .mts .ps1 .sed .sh .ts .tsx .zsh"
    # pages without their text: style sheets, templates, maps
    " .css .ejs .hbs .j2 .jinja .jinja2 .less .map .mustache .sass .scss .svelte .svg .vue"
    # settings, locks, logs and figures
    " .cfg .conf .desktop .editorconfig .env .ini .lock .log .prom .properties .service .toml"
    " .yaml .yml"
    # calendars, cards, subtitles, play lists, keys, references
    " .ics .ical .ifb .vcf .srt .vtt .m3u .m3u8 .pls .asc .crt .key .pem .pub .sig .bib .sty"
    # sums of files
    " .md5 .sha1 .sha256 .sha512"
)
"""Endings of file names, in lower case."""

NAMES: Final = _words(
    # what a site says to machines
    "ads.txt app-ads.txt humans.txt llms.txt robots.txt security.txt sellers.json"
    # what builds a project
    " brewfile cmakelists.txt composer.json containerfile dockerfile gemfile gnumakefile"
    " jenkinsfile jsconfig.json makefile manifest.in manifest.json meson.build package-lock.json"
    " package.json pipfile pom.xml procfile rakefile requirements.txt tsconfig.json"
    " vagrantfile"
)
"""Names of files, in lower case."""

_PROJECT: Final = late(
    re.compile,
    r"(?:readme|licen[cs]es?|copying|changelog|contributing|unlicense"
    r"|(?-i:AUTHORS|CHANGES|CODEOWNERS|CODE_OF_CONDUCT|CONTRIBUTORS|COPYRIGHT|CREDITS|HISTORY"
    r"|INSTALL|MAINTAINERS|NOTICE|PATENTS|SECURITY|THANKS|TODO|VERSION))"
    r"(?:-[\w.-]+)?(?:\.(?:lesser|md|markdown|rst|txt))?",
    re.IGNORECASE,
)
"""What a project says of itself: words that may be the title of an article only in capitals."""

_REPORT: Final = re.compile(r"run-\d+\.(md|html)")
"""What `engine nightly --report` writes, in pairs."""


def is_no_article(name: str, beside: Collection[str]) -> bool:
    """Tell whether a file found in a folder is none that could hold an article.

    Parameters
    ----------
    name
        Of the file.
    beside
        Names of all files of the folder.
    """
    lower = name.lower()
    if PurePath(lower).suffix in ENDINGS or lower in NAMES or _PROJECT.fullmatch(name):
        return True
    stem, _, _ = name.rpartition(".")
    return bool(_REPORT.fullmatch(name)) and {f"{stem}.md", f"{stem}.html"} <= set(beside)


def is_script(path: Path) -> bool:
    """Tell whether a file without an ending begins as a script does."""
    if path.suffix:
        return False
    try:
        with path.open("rb") as stream:
            return stream.read(2) == b"#!"
    except OSError:  # reading it will say so
        return False


def is_base(folder: Path) -> bool:
    """Tell whether a folder is a base of the engine.

    Raises
    ------
    OSError
        The folder may not be entered.
    """
    layout = Layout(folder)
    return layout.corpus.exists() or (layout.current.exists() and layout.generations.exists())
