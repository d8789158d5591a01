"""Who measured something: whether two ``source`` texts name one author or one repository."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CODE_HOST = re.compile(r"https?://(?:www\.)?(?:github\.com|huggingface\.co)/")
_REPOSITORY = re.compile(r"([\w.-]+)/([\w.-]+?)(?=[@:,/\s)]|$)")
_ADDRESS = re.compile(r"https?://(?:www\.)?([^/\s]+)(/[^/\s]+)?")
_SHARED_HOSTS = ("medium.com", "reddit.com", "dev.to", "substack.com")


@dataclass(frozen=True, slots=True)
class Origin:
    """The author of a source: an owner with a repository, a web site, or the title of a text."""

    owner: str | None = None
    repository: str | None = None
    title: str | None = None


def origin_of(source: str) -> Origin:
    """The author that a ``source`` names.

    ``owner/repo@commit:path`` has an owner and a repository, an address its host (with the
    first part of the path if many authors share the host), any other text its title, which
    ends at the first comma or colon.

    >>> origin_of("SemiAnalysisAI/InferenceX, snapshot in someone/else@0123abc:x")
    Origin(owner='semianalysisai', repository='inferencex', title=None)
    >>> origin_of("InferenceX results, in PyPI aiconfigurator-core 0.12.0").title
    'inferencex results'
    """
    text = _CODE_HOST.sub("", source.strip().lower())
    if (address := _ADDRESS.match(text)) is not None:
        shared = address[1] in _SHARED_HOSTS
        return Origin(owner=address[1] + (address[2] or "" if shared else ""))
    if (repository := _REPOSITORY.match(text)) is not None:
        return Origin(repository[1], repository[2])
    return Origin(title=re.split(r"[,:]", text, maxsplit=1)[0].strip())


def is_same_origin(source: str, other: str) -> bool:
    """True if both sources are of one author or one repository; blank sources are.

    A repository is also recognized by its name in the title of another text: the results of
    InferenceX are those of SemiAnalysisAI/InferenceX.
    """
    mine, its = origin_of(source), origin_of(other)
    if mine.owner is not None and its.owner is not None:
        return mine.owner == its.owner
    if mine.title is not None and its.title is not None:
        return mine.title == its.title
    name, title = mine.repository or its.repository, mine.title or its.title
    return name is not None and title is not None and name in title.split()
