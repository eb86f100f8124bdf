"""What people say instead of weights: "without people", "mostly red", "as an oil painting".

    a beach without people              a beach | people:-0.5
    a forest with a lot of flowers      a forest | lots of flowers:1.5
    a street with a hint of fog         a street | fog:0.4
    a boat in the style of van gogh     a boat | in the style of van gogh:0.5

Where it is unclear what is meant ("a little boat", "a sign that says no parking", "no man's
land"), the words stay as they are: CLIP reads them too.
"""

import re

AVOIDED = -0.5
MORE = 1.5
LESS = 0.4
STYLE = 0.5

_MEDIA = (
    "painting|watercolou?r|aquarelle|drawing|sketch|poster|mosaic|cartoon|comic|engraving|etching"
    "|woodcut|linocut|print|pastel|fresco|pixel art|stained glass|illustration|charcoal|collage"
    "|photo|photograph|icon|logo"
)
_MASS = (
    "fog|mist|haze|smoke|steam|dust|rain|snow|ice|sand|grass|water|light|sunlight|moonlight"
    "|red|orange|yellow|green|blue|purple|pink|brown|black|white|gr[ae]y|gold|silver|turquoise"
)
"""What there can be a little of; "a little boat" is a small one."""
_MARK = re.compile(
    rf"""(?<![^\s,;])(?:(?P<joined>and|but|with|or)\ )?(?:
        (?P<avoid>without|excluding|leaving\ out|not|no)(?:\ (?:any|an?|the))?
      | (?:mostly|mainly)(?P<more>)
      | (?:a\ lot|(?:lots\ and\ )?lots|plenty)\ of(?P<many>)
      | (?:(?:just\ )?a\ (?:little\ )?(?:hint|touch|bit|trace)\ of|slightly
          |a\ little(?=\ (?:{_MASS})(?:$|[,;]|\ (?:and|but|in|on|at|over|under|with)\b)))(?P<less>)
      | (?P<style>in\ (?:the\ )?style\ of)
      | (?P<whole>as\ an?\ (?:[^\s,;]+\ ){{0,3}}(?:{_MEDIA})
          |in\ (?:an?\ )?(?:[^\s,;]+\ ){{1,2}}style)
    )(?![^\s,;])""",
    re.IGNORECASE | re.VERBOSE,
)
_ARTICLES = ("a", "an", "the", "some", "his", "her", "their", "its")
_NO_FOLLOWS = (
    "in", "is", "are", "was", "were", "has", "have", "had", "says", "say", "saying", "said", "of",
    "by", "for", "to", "at", "there's", "dr", "dr.", "doctor", "yes",
)  # fmt: skip
_NO_PRECEDES = ("one", "matter", "longer", "more", "man's", "sign", "doubt", "way", "idea")
_LIST = re.compile(r"(?:[^,;]+[,;]\s)*[^,;]*\b(?:or|nor)\s[^,;]+", re.IGNORECASE)
"""Several things with "or" before the last, all of which "without" means."""
_ENDS_AVOIDED = re.compile(
    r"[,;]|\ (?:in|on|at|under|over|by|near|with|beside|behind|during|but|and\ with)\b",
    re.IGNORECASE,
)
_ENDS_AMOUNT = re.compile(r"[,;]|\ (?:and|but|with)\b", re.IGNORECASE)
_ENDS_STYLE = re.compile(r"[,;]")
_EMPTY_WORDS = re.compile(
    r"\s(?:at\ all|in\ it|on\ it|in\ sight|please)(?=$|[,;\s])", re.IGNORECASE
)
_EDGE = r"(?:[\s,;]|(?<![^\s,;])(?:and|but|with|or)(?![^\s,;]))*"


def understand(text: str) -> list[tuple[str, float]]:
    """Return the parts a spoken text means, each with a weight; white space must be single.

    The words about the picture itself come first. A text without spoken weights comes back
    alone and unchanged.
    """
    found: list[tuple[str, float]] = []
    rest, begin = "", 0
    for match in _MARK.finditer(text):
        if match.start() < begin or not _meant(match):
            continue
        part, end = _part(match)
        if part is not None:
            found.append(part)
            rest += text[begin : match.start()] + " "
            begin = end
    if not found:
        return [(text, 1.0)]
    rest = _tidy(rest + text[begin:])
    if rest:
        return [(rest, 1.0), *found]
    if all(weight in (STYLE, AVOIDED) for _, weight in found):
        # A style of nothing is itself what is painted.
        found = [(words, 1.0 if weight == STYLE else weight) for words, weight in found]
    return found


def _meant(match: re.Match[str]) -> bool:
    """Tell spoken weights from the same words with another meaning."""
    before = match.string[: match.start()].split(" ")[-2:]
    previous = before[-2].lower() if len(before) == 2 else ""
    word = (match["avoid"] or "").lower()
    if word == "not":
        return (match["joined"] or "").lower() == "but"
    if word == "no":
        following = match.string[match.end() :].lower().split(None, 1)
        return previous not in _NO_FOLLOWS and (following or [""])[0] not in _NO_PRECEDES
    if match["more"] is not None or match["less"] is not None:
        return previous not in _ARTICLES
    return True


def _part(match: re.Match[str]) -> tuple[tuple[str, float] | None, int]:
    """Return what a mark means, None where nothing follows it, and where its words end."""
    text = match.string
    if match["whole"] is not None:
        return (match["whole"], STYLE), match.end()
    if match["avoid"] is not None:
        ending, before, weight = _ENDS_AVOIDED, "", AVOIDED
    elif match["style"] is not None:
        ending, before, weight = _ENDS_STYLE, match["style"] + " ", STYLE
    elif match["less"] is not None:
        ending, before, weight = _ENDS_AMOUNT, "", LESS
    else:
        ending, before, weight = _ENDS_AMOUNT, "lots of " if match["many"] is not None else "", MORE
    upto = _next_mark(match)
    words = text[match.end() : upto]
    listed = _LIST.match(words) if weight == AVOIDED else None
    cut = ending.search(words)
    end = listed.end() if listed and "," in listed[0] else cut.start() if cut else len(words)
    body = _EMPTY_WORDS.sub("", words[:end]).strip(" ,;")
    if not any(c.isalnum() for c in body):
        return None, match.end()
    # What only closed the phrase ("on it") belongs to no other part either.
    closing = _EMPTY_WORDS.match(words, end)
    return (before + body, weight), match.end() + (closing.end() if closing else end)


def _next_mark(match: re.Match[str]) -> int:
    for following in _MARK.finditer(match.string, match.end()):
        if _meant(following):
            return following.start()
    return len(match.string)


def _tidy(rest: str) -> str:
    """Take away the joining words and commas at the ends of what is left."""
    rest = re.sub(r"\s+", " ", rest)
    rest = re.sub(r"\s([,;])", r"\1", rest)
    rest = re.sub(r"([,;])(?:\s*[,;])+", r"\1", rest)
    rest = re.sub(rf"^{_EDGE}|{_EDGE}$", "", rest, flags=re.IGNORECASE)
    return rest if any(c.isalnum() for c in rest) else ""
