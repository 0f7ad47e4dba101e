# SPDX-License-Identifier: AGPL-3.0-or-later
"""What feedparser 6 makes of each element of a feed, as far as the gate vouches for it. Data and pure look-ups.

A key is an element's name as feedparser's handlers have it: the customary prefix of its namespace, "_", the local name,
all in lower case. Two sorts of key are safe without being named here: those feedparser has no handler for and only
keeps, and the parts of media groups. See ``namespaces/`` in https://github.com/kurtmckee/feedparser/tree/6.0.14.
"""

from dataclasses import dataclass

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
ABOUT = f"{{{_RDF}}}about"
_FORMATS = (
    "http://backend.userland.com/rss http://blogs.law.harvard.edu/tech/rss http://purl.org/rss/1.0/ "
    "http://my.netscape.com/rdf/simple/0.9/ http://example.com/newformat# http://example.com/necho "
    "http://purl.org/echo/ uri/of/echo/namespace# http://purl.org/pie/ http://purl.org/atom/ns# "
    "http://www.w3.org/2005/atom http://purl.org/rss/1.0/modules/rss091#"
)
# namespace in lower case: prefix, "" for the formats themselves
PREFIXES = dict.fromkeys(_FORMATS.split(), "") | {
    "http://creativecommons.org/ns#license": "cc",
    "http://web.resource.org/cc/": "cc",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativeCommons",
    "http://backend.userland.com/creativecommonsrssmodule": "creativeCommons",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.georss.org/georss": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://podlove.org/simple-chapters": "psc",
    _RDF: "rdf",
    "http://www.w3.org/1999/xhtml": "xhtml",
}

_ROLES = {
    **dict.fromkeys(("rss", "rdf_rdf", "feed"), "root"),
    **dict.fromkeys(("item", "entry"), "entry"),
    "channel": "channel",
    **dict.fromkeys(("guid", "id"), "guid"),
    "link": "link",
    "feedburner_origlink": "origin",
    **dict.fromkeys(("title", "dc_title"), "title"),
    "media_title": "media title",
    **dict.fromkeys(("pubdate", "published", "issued", "dcterms_issued"), "published"),
    **dict.fromkeys(("updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified"), "updated"),
    **dict.fromkeys(("created", "dcterms_created"), "created"),
    **dict.fromkeys(("source", "image", "textinput"), "aside"),  # each makes feedparser forget that it has had a title
}
_LEAVES = (
    "abstract category cc_license cloud content_encoded creativecommons_license dc_author dc_contributor dc_creator"
    " dc_description dc_language dc_publisher dc_rights dc_subject dcterms_valid description enclosure expirationdate"
    " feedburner_browserfriendly generator georss_box georss_line georss_point georss_polygon itunes_author"
    " itunes_block itunes_email itunes_explicit itunes_image itunes_keywords itunes_link itunes_name itunes_subtitle"
    " itunes_summary keywords language media_category media_credit media_description media_keywords media_license"
    " media_player media_rating media_restriction media_thumbnail source webmaster"
)
# what has a handler that neither fails nor touches an entry's identity, and what may stand inside it
_HARMLESS = dict.fromkeys(_LEAVES.split(), "") | {
    **dict.fromkeys(("author", "contributor", "managingeditor"), "person"),
    **dict.fromkeys(("content", "info", "rights", "copyright", "subtitle", "summary", "tagline"), "xhtml"),
    **dict.fromkeys(("itunes_owner", "itunes_category"), "itunes"),
    **dict.fromkeys(("image", "textinput"), "picture"),
    **dict.fromkeys(("media_group", "media_content"), "media"),
}
# what has a handler that may fail or upset what follows, and names under which feedparser keeps things of its own
_DOUBTFUL = (
    "author_detail authors body contributors created_parsed date date_parsed email fullitem geom georss_where"
    " georssgeom gml_exterior gml_linearring gml_linestring gml_point gml_polygon gml_pos gml_poslist height homepage"
    " issued_parsed links math modified_parsed name newlocation psc_chapter psc_chapters published_parsed"
    " publisher_detail publishers svg tags title_detail updated_parsed uri url where width xhtml_body xhtml_math"
    " xhtml_svg"
)
DOUBTFUL = frozenset(_DOUBTFUL.split())
_WITHIN = {
    "person": frozenset({"name", "uri", "url", "email", "homepage"}),
    "picture": frozenset({"url", "title", "link", "width", "height", "description", "name"}),
}


class Unclear(Exception):
    """The gate cannot tell what feedparser would make of this."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What an element is to the gate: its key, its ``role`` in an entry's identity, what may stand inside it.

    ``sound`` is False for an element next to which the gate vouches for nothing; ``handled``, whether feedparser has a
    handler for it.
    """

    key: str
    role: str = ""
    holds: str = ""
    sound: bool = True
    handled: bool = True

    def fits(self, holder: str) -> bool:
        """Whether this may stand inside a ``holder`` (the ``holds`` of another kind)."""
        if holder == "xhtml":
            return self.key.startswith("xhtml_") and self.sound
        if self.key in _WITHIN.get(holder, ()):
            return True
        if not self.sound or not holder:
            return False
        return not self.handled or (holder in ("media", "itunes") and self.key.startswith(holder + "_"))


def kind(key: str) -> Kind:
    """What feedparser makes of ``key``."""
    if key in DOUBTFUL:
        return Kind(key, sound=False)
    if key in _ROLES:
        return Kind(key, _ROLES[key], _HARMLESS.get(key, ""))
    if key in _HARMLESS:
        return Kind(key, "", _HARMLESS[key])
    return Kind(key, "", "media" if key.startswith("media_") else "other", handled=False)
