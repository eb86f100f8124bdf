"""What people say instead of weights: "without people", "mostly red", "as an oil painting".

    a beach without people              a beach | people:-0.5
    a forest with a lot of flowers      a forest | lots of flowers:1.5
    a street with a hint of fog         a street | fog:0.4
    a boat in the style of van gogh     a boat | in the style of van gogh:0.5

Where it is unclear what is meant ("a little boat", "a sign that says no parking", "a woman without
shoes walking by"), the words stay as they are: CLIP reads them too.
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
).replace(" ", r"\ ")
_MASS = (
    "fog|mist|haze|smoke|steam|dust|rain|snow|ice|sand|grass|water|light|sunlight|moonlight"
    "|red|orange|yellow|green|blue|purple|pink|brown|black|white|gr[ae]y|gold|silver|turquoise"
)
"""What there can be a little of; "a little boat" is a small one."""
_ARTICLE = "an?|the|some|my|your|his|her|its|our|their"
_COUNT = r"\d+|one|two|three|four|five|six|seven|eight|nine|ten|many|several|lots"
_GOES_ON = (
    "in|on|at|under|over|above|below|by|near|with|beside|behind|inside|around|between|through"
    "|across|along|against|during|while|who|next to|but|as an?|without|excluding|no|mostly|mainly"
    "|please"
).replace(" ", r"\ ")
"""What a part of a prompt does not reach beyond: here the scene goes on."""
_JOINS = rf"(?:and|or)\ (?:without|no)|and\ (?:with|{_ARTICLE}|{_COUNT})"
_END = rf"(?:$|[,;]|\ (?:{_GOES_ON}|{_JOINS})(?![^\s,;]))"
_ENDS = re.compile(_END, re.IGNORECASE)
_ENDS_NO = re.compile(rf"{_END}|\ and\ ", re.IGNORECASE)
"""As "no" is said before each thing, what comes behind "and" is wanted."""
_MARK = re.compile(
    rf"""(?<![^\s,;])(?:(?P<joined>and|but|with|or)\ )?(?:
        (?P<avoid>without|excluding|(?<=but\ )not|no)(?:\ (?:any|an?|the))?
      | (?P<more>mostly|mainly)
      | (?P<many>a\ lot|(?:lots\ and\ )?lots|plenty)\ of
      | (?P<less>(?:just\ )?a\ (?:little\ )?(?:hint|touch|bit|trace)\ of
          |a\ little(?=\ (?:{_MASS}){_END}))
      | (?P<style>in\ (?:the\ )?style\ of)
      | (?P<whole>as\ an?\ (?:[^\s,;]+\ ){{0,3}}(?:{_MEDIA})
          |in\ (?:an?\ |the\ )?(?!(?:{_ARTICLE})\ )(?:[^\s,;]+\ ){{1,2}}style)(?={_END}|\ and\ )
    )(?![^\s,;])""",
    re.IGNORECASE | re.VERBOSE,
)
_LISTED = re.compile(
    r"(?:(?:[^\s,;]+ ){0,2}[^\s,;]+[,;] )+(?=(?:[^\s,;]+ ){0,3}n?or )", re.IGNORECASE
)
"""The first of several things with "or" before the last, all of which "without" means."""
_NOT_AVOIDED = (
    "one", "matter", "longer", "more", "man's", "sign", "doubt", "way", "idea", "other", "entry",
    "parking", "smoking",
)  # fmt: skip
"""After "no", what is said of something else."""
_CLOSING = re.compile(r"(?:\s(?:at all|in it|on it|in sight|please)(?![^\s,;]))+", re.IGNORECASE)
_EDGE = r"(?:[\s,;]|(?<![^\s,;])(?:and|but|with|or)(?![^\s,;]))*"


def understand(text: str) -> list[tuple[str, float]]:
    """Return the parts a spoken text means, each with a weight; white space must be single.

    The words about the picture itself come first. A text without spoken weights comes back
    alone and unchanged.
    """
    found: list[tuple[str, float]] = []
    rest, begin = "", 0
    for match in _MARK.finditer(text):
        if match.start() < begin:
            continue
        before = text[begin : match.start()].strip()
        follows_avoided = not before and bool(found) and found[-1][1] == AVOIDED
        words, end = _words(match)
        if _meant(match, words, follows_avoided=follows_avoided):
            found.append((words, _weight(match)))
            rest += before + " "
            begin = end
    if not found:
        return [(text, 1.0)]
    rest = _tidy(rest + text[begin:])
    if rest:
        return [(rest, 1.0), *found]
    # A style or a little of nothing is itself what is painted.
    return [(words, 1.0 if weight > 0 else weight) for words, weight in found]


def _weight(match: re.Match[str]) -> float:
    if match["avoid"]:
        return AVOIDED
    if match["less"]:
        return LESS
    return MORE if match["more"] or match["many"] else STYLE


def _words(match: re.Match[str]) -> tuple[str, int]:
    """Return the words that a mark is about and where they end."""
    text, begin = match.string, match.end()
    if match["whole"]:
        return match["whole"], begin
    ends = _ENDS_NO if (match["avoid"] or "").lower() == "no" else _ENDS
    listed = _LISTED.match(text, begin + 1) if match["avoid"] else None
    cut = ends.search(text, listed.end() if listed else begin)
    end = cut.start() if cut else len(text)
    words = text[begin:end].strip()
    # What only closed the phrase ("on it") belongs to no other part either.
    closing = _CLOSING.match(text, end)
    said = "lots of " if match["many"] else f"{match['style']} " if match["style"] else ""
    return said + words if words else "", closing.end() if closing else end


def _meant(match: re.Match[str], words: str, *, follows_avoided: bool) -> bool:
    """Tell spoken weights from the same words with another meaning."""
    if not any(c.isalnum() for c in words):
        return False
    before = match.string[: match.start()].rstrip()
    if match["more"] or match["many"] or match["less"]:
        # At the beginning they are about the picture itself.
        return bool(before) and not re.search(rf"(?<!\S)(?:{_ARTICLE})$", before, re.IGNORECASE)
    if not match["avoid"]:
        return True
    first, *others = words.lower().split()
    if any(word.endswith("ing") for word in others):
        return False  # "shoes walking": where the shoes end is anybody's guess
    if match["avoid"].lower() != "no":
        return True
    begins = bool(match["joined"]) or before[-1:] in ("", ",", ";") or follows_avoided
    return begins and first not in _NOT_AVOIDED and not first.isdigit()


def _tidy(rest: str) -> str:
    """Take away the joining words and commas that lost what they joined."""
    rest = re.sub(r"\s+", " ", rest)
    rest = re.sub(r"\s([,;])", r"\1", rest)
    rest = re.sub(r"([,;])(?:\s*[,;])+", r"\1", rest)
    rest = re.sub(r"(?<!\S)(?:and|but) (?=with )", "", rest, flags=re.IGNORECASE)
    rest = re.sub(rf"^{_EDGE}|{_EDGE}$", "", rest, flags=re.IGNORECASE)
    return rest if any(c.isalnum() for c in rest) else ""
