"""Lists of words the bundled recogniser knows, beside those the painter brings.

Plain data; vocabulary.py puts them together.
"""


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


NUMBERS = words(
    """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred
"""
)
DAYS = words("monday tuesday wednesday thursday friday saturday sunday")
MONTHS = words(
    """
january february march april may june july august september october november december
"""
)
ORDINALS = words(
    """
first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth
"""
)
NEAR_MISSES = words(
    """
commuter compute computers computing commute commuting confuser confuse competing compete compare
compared company companion compass complete completely complain composer compose compost component
comfort comforter comedy comma common community communist command come comes coming commit
commitment accumulate cucumber computed reputed refuter recruiter looter shooter scooter router
hooter tutor suitor future pewter neuter polluter cuter generally generous general generic genre
gender gentle generation generator genetic degenerate operate venerate desperate separate pointer
printer painter planter counter customer number consumer top shop step spot stuff start stay shot
star store stopper chop drop pop cop stock stocked steep stab staff stuck candle council console
counsel pencil sample handle channel cancer dancer castle counselor
"""
)
"""Words that sound like "computer", "generate", "stop" or "cancel" but are none."""

COMMAND_WORDS = words(
    """
computer generate paint draw create make sketch imagine show me produce design render painting
picture drawing image portrait photo photograph illustration watercolour artwork paintings
pictures drawings sketches images portraits photos canvas masterpiece stop cancel that never mind
abort quit pause resume continue wait finish forget it undo redo how is going far are you along
what time now day date today tomorrow yesterday week month year hour hours minute minutes second
seconds clock o'clock half quarter past to am pm morning monday tuesday wednesday thursday friday
saturday sunday january february march april may june july august september october november
december first third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth last next
previous can do help yes no yeah yep nope okay ok sure correct right wrong fine good great again
repeat once more another one same mute unmute listening listen start begin go hear volume up down
louder quieter softer loud silent silence turn sound lower higher thank thanks status queue list
jobs job progress ready done work working busy who name hello hi hey goodbye bye evening night
welcome sorry excuse pardon open close save delete remove keep send file folder gallery page
screen quiet tell what's which set speak talk hold maybe
"""
)
"""What people say to mused."""

ANNOUNCEMENT_WORDS = words(
    """
your painting of is ready i am picture done percent minutes seconds left o'clock it sorry could
not understand nothing being painted can cancelled stopped did hear say said try please there are
in the queue waiting no microphone found failed finished saved to cancel longer latest faster
slower ahead wake yourself talking almost about less than more started paused resumed muted
unmuted listening again now will be model missing memory full weather market so on and before its
what shall for example disk took long too help with time date pictures prompt saying noon midnight
quarter half
"""
)
"""What mused says aloud."""

FUNCTION_WORDS = words(
    """
a an the of in on at by with and or to from for near beside next under over behind between above
below into through along across beyond inside outside around against among toward upon covered
dressed filled made surrounded wrapped within without during before after like as this that these
those its his her their my our your some any all many few every each both
"""
)
"""What holds a description together."""

PICTURE_WORDS = words(
    """
dragon unicorn fairy wizard knight king queen prince princess witch ghost monster angel mermaid
pirate soldier farmer fisherman dancer sailor doctor teacher baby mother father sister brother
friend family people crowd couple old young happy sad angry sleepy lonely brave funny strange lion
tiger monkey giraffe zebra deer fox mouse squirrel frog turtle snake spider bee dolphin shark
octopus crab seal parrot peacock flamingo rooster chicken hen pig goat donkey camel kangaroo panda
koala hedgehog snail dinosaur crow raven hummingbird ladybug temple monastery ruin ruins garden
gate fence wall window door roof stairs balcony fountain statue market shop cafe restaurant
library school station harbour port pier dock canal dam well airport factory hospital museum
theatre circus playground snow rain wind storm thunder lightning sky cloud fog mist ice frost hail
sunshine forest jungle valley canyon cave glacier iceberg swamp marsh prairie savanna oasis lagoon
island peninsula cliff cove creek brook spring hot red orange yellow green blue purple pink brown
black white grey gold silver turquoise cream crimson maroon magenta indigo lavender mint olive
coral amber ivory bronze copper dark light pale deep bright vivid soft warm cold dusty shiny
glowing sparkling burning melting broken empty crowded abandoned haunted hidden secret sacred
ancient medieval futuristic oil watercolour acrylic charcoal pencil ink pastel crayon chalk
abstract realistic surreal cubist impressionist expressionist minimalist baroque gothic
renaissance photo photograph portrait landscape close wide aerial steam electric wooden metal
glass stone paper plastic golden crystal diamond marble brick clay silk velvet leather big small
little large tiny huge giant tall short long narrow round square high low fast slow riding holding
wearing looking reading playing dancing singing jumping eating drinking cooking fishing climbing
driving watching dreaming smiling laughing crying waiting hiding falling rising shining blowing
swimming hat coat dress shirt shoes boots glasses crown sword shield ring necklace mask bag chair
bed sofa desk shelf mirror carpet curtain basket bucket ladder rope wheel bread cheese wine coffee
tea milk honey sugar soup pizza sandwich salad egg eggs meat rice strawberry strawberries grape
grapes melon watermelon peach plum pineapple coconut tomato potato carrot onion pepper corn garlic
piano drum trumpet flute music song concert orchestra football game chess toy doll puppet star
stars moon sun planet earth mars comet galaxy astronaut alien satellite telescope summer autumn
winter season christmas halloween easter birthday party wedding dragons fairies wizards knights
kings queens angels pirates soldiers dancers sailors lions tigers monkeys zebras giraffes
squirrels frogs snakes dolphins sharks seals parrots chickens goats pigs camels dinosaurs crows
mice foxes turtles spiders bees temples doors windows walls roofs shops gates statues fountains
hats swords masks tables chairs sofas carrots tomatoes potatoes onions drums trumpets songs toys
planets storms caves canyons glaciers icebergs leaving chasing crossing entering opening resting
hunting exploding fighting hugging kissing carrying pulling pushing landing travelling painting
rowing sailing surfing skating skiing racing marching praying thinking waving astronauts aliens
robots ghosts monsters witches mermaids sisters brothers friends babies feather feathers leaf
leaves petal petals branch branches root shadow shadows reflection reflections smoke dust mud ash
lava foam bubble bubbles neon laser lantern lanterns chain bell helmet armour crystals jewel
jewels treasure chest map scroll potion spell magic mystical tavern inn bazaar pagoda shrine
mosque skyscraper tunnel subway alley avenue plaza samurai ninja viking cowboy explorer hunter
nurse chef waiter guard hero villain truck lorry van motorcycle scooter helicopter submarine canoe
kayak raft ferry tram wagon carriage
"""
)
"""What people want to see, beyond the painter's own words."""

ORDINARY_WORDS = words(
    """
about actually afternoon agree air almost alone already also always animal answer anything apart
ask away back bad because become bed been began believe best better between body bought boy bring
brought build business busy buy call called came car care carry case change child children city
class clean clear cold country course cut daughter dear decide different dinner does doesn't dog
doing don't door down dream drink drive each early easy eat either else end enjoy enough even
evening ever every everyone everything example eye eyes face fact fall family far feel feet felt
few fight find fire first floor follow food foot found free friend front gave get getting girl
give given glad god going gone got government grand group grow guess had hair hand hands happen
happened hard has have having he head health heard heart heavy held her here him himself history
hold home hope hospital hot house however hundred hungry husband idea if important indeed interest
just keep kept key kind knew know known lady land language large late later laugh law lead learn
leave left letter letters life line little live living local look looked lost lot love lunch made
man matter maybe mean meet men met might mile million mind miss moment money morning most mother
move much must myself name need never new news nice night nobody none nor nothing notice now off
office often only open order other others ought out outside own paper parents part party pass pay
people perhaps person phone piece place plan play please point police poor possible power present
president pretty problem public pull put question quick quite rather read real really reason
remember rest road room run sad said same sat saw say school see seem seen sell send set several
shall she short should shout show shut side simple since sing sir sister sit situation sleep small
so social some somebody someone something sometimes son soon sort speak spend stand state stay
still story street strong student such suddenly suppose sure table take taken talk teach tell ten
than their them then there therefore these they thing things think though thought thousand through
ticket till tired today together told tomorrow tonight took top total town train tree tried
trouble true truth try turn under understand until us use used usually very visit voice wait walk
want wanted war warm was wash watch water way we weather week well went were what what's when
where which while white who whole why wife will window wish with woman women won't wonder word
words work world worry would write wrong year years yes yet young telephone television radio
computer keyboard mouse monitor machine robot internet email message
"""
)
"""Common words of ordinary talk: sounds that are no command have somewhere to go."""
