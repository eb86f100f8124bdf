"""What people want to see, by the part such words play in a sentence.

Plain data, beyond the painter's own words and those of word_lists.py; sentences.py puts them where
they belong, so that the language model learns that "two" goes before "horses" and not "horse".
"""

from mused.training.speech.word_lists import words

QUALITIES = words(
    """
abandoned abstract ancient angry autumnal baroque beautiful big black blooming blue blurry brave
brick bright broken bronze brown burning calm cheerful cloudy cold colossal colourful cool cosy
cracked cream crimson crooked crowded crystal cubist curious curly cute dark deep deserted distant
dramatic dreamy dry dusty elegant empty enchanted endless enormous evil expressionist faded fancy
fast fat fierce flat floating flowering fluffy flying foggy forgotten fresh friendly frozen funny
furry futuristic gentle giant glass gloomy glorious glossy glowing gold golden gothic graceful grand
grassy green grey grumpy happy haunted heavy hidden high hollow huge hungry icy impressionist
indigo iron ivory jolly joyful large lavender lazy leafy little lively lonely long lost lovely low
lush magenta magical magnificent majestic marble maroon massive mechanical medieval melancholy
melting metal mighty mini minimalist misty modern monochrome mossy mysterious mystical narrow neon
noble old olive open orange ornate overgrown pale paper peaceful pink plain plastic playful
polished pretty proud purple quaint quiet rainy realistic red renaissance retro rich rocky romantic
rough round royal ruined rural rusty sacred sad sandy scary secret serene shady sharp shiny short
silent silk silver sleeping sleepy slender slow small smooth snowy soft solitary sparkling spooky
square starry steep stone stormy strange striped strong sunlit sunny surreal swirling tall tame
tangled tasty thick thin tiny tired tropical turquoise twisted urban vast velvet vibrant victorian
vintage violet vivid volcanic warm watery weathered wet white wicked wide wild windy winding winged
wintry wise wonderful wooden young yellow
"""
)
"""Adjectives, and nouns that stand before another as adjectives do."""

STUFF = words(
    """
amber art ash autumn bamboo beer bread bronze cheese chalk charcoal chess chocolate clay coffee
copper coral corn cotton darkness dust fire fog food football fruit fur garlic gold grass hail hay
honey ice ink iron ivory ivy jazz lava leather light lightning marble meat milk mist moonlight moss
mud music paint pasta pepper pizza pollen rain rice rust salt sand seaweed silk silver sky smoke
snow soup spring steam steel sugar summer sunlight sunshine tea thunder velvet water wheat wind
wine winter wood wool
"""
)
"""Mass nouns: no article, no plural."""

DOINGS = words(
    """
attacking baking barking bathing begging bending biting blooming blowing boiling bouncing bowing
breaking breathing building burning buying calling carrying carving catching celebrating chasing
cheering chopping circling cleaning climbing collecting cooking crashing crawling crossing crying
cutting dancing digging diving dreaming dripping drinking driving drowning eating embracing
entering escaping exploding exploring facing fading falling feeding fighting filling fishing
floating flying following galloping gathering gazing glowing grazing greeting growing guarding
hanging helping hiding hiking holding hovering howling hugging hunting juggling jumping kicking
kissing kneeling landing laughing leading leaning leaving lifting lighting listening looking
marching meditating melting mending meeting opening painting passing peeking picking planting
playing pointing pouring praying preparing protecting pulling pushing racing raising reaching
reading resting reflecting riding ringing rising roaring rolling rowing running rushing sailing
selling serving sewing shining shopping shouting singing sinking sitting skating skiing sleeping
sliding smiling smoking sneaking sneezing soaring spinning splashing standing staring stealing
stretching studying surfing surrounding swimming swinging talking teaching throwing touching
trading travelling turning visiting waiting waking walking washing watching watering waving wearing
weaving working writing yawning
"""
)
"""What they do there."""

THINGS = words(
    """
accordion acorn acrobat actor actress airport airship album ambulance anchor ant anteater antelope
anvil ape apron arch archer arena arm armchair arrow artist attic axe baker bakery ballerina bat
bathroom bathtub battle battlefield beak beard beast beaver bedroom beetle bench biker bison blanket
blizzard boar bonnet bookshop boot bow boxer bracelet brain bride broom bubble buffalo bug bulldozer
bush butcher butler button cage calendar calf candy cannon cape captain cardinal carousel carpenter
carriage cart caterpillar cello cemetery champion chandelier chariot cheetah chess chimney
chimpanzee chipmunk cinema city clown coach coast coat cobra cockatoo coffin coin column comb
compass conductor corridor cottage courtyard coyote cradle crane crater creature cricket crocodile
crossroads crowd cupcake cushion cyborg daffodil dam daughter deck deckhand demon detective devil
diver doctor dome donut doorway dove dragonfly drawer dress driver dwarf elf elk emperor empress
engine engineer explosion fan farmhouse fawn ferret fern festival fiddle fiddler fireplace firefly
firework flag flame flamenco flask flute foal forge fork fort fridge galleon gallery garage gardener
gargoyle garland gazebo gecko geisha genie gentleman geyser giant gladiator glove goblet goblin
goddess gondola gorilla gown grandfather grandmother graveyard greenhouse griffin groom guinea
hallway hammer hammock hamster hand harp hawk headphones hedge heron hippo hippopotamus hive hood
hook hoop horizon hornet hotel hourglass iguana imp insect invention iris jacket jaguar jar jelly
jellyfish jester jewel jockey joker journey judge juggler juice jug kettle key kiosk kiss knife
labyrinth laboratory landing lantern laptop leg lemonade leopard leprechaun lighter lightbulb limb
lizard llama lobster log lotus lumberjack lynx magician magnet magnolia magpie maid mailbox mammoth
mansion maple marigold marina market mayor maze mechanic meerkat merchant meteor microphone
microscope mill miner minotaur mole monk moose mosquito motel motorbike motorboat mule mummy
musician musketeer nebula necklace neighbour neighbourhood nest newspaper nightingale notebook
nymph oboe orchid organ ornament ostrich otter outlaw oven oyster paddle painter palette pan pancake
panther parachute parade parakeet passage passenger patchwork path peanut pelican pen peony person
phoenix photographer pianist picnic pier pillar pillow pilot pipe pistol pitcher planetarium plant
plate plough plumber poet pony pool porch porcupine possum pot prairie prison prophet puddle puffin
pumpkin puppet quarry quilt racoon radio raft railing ram ranch raven refrigerator reindeer reptile
restaurant rhino rhinoceros ribbon rider rifle robe robot rocket rooftop rug runner saddle sail
sailing saint salamander sandcastle satyr saxophone scarecrow scarf scientist scissors scorpion
sculptor sculpture seahorse seashell seat seed servant shaman shell shepherd shipwreck sidewalk
signpost singer siren skateboard skeleton ski skirt skull skunk slave sled sleigh sloth slug smith
snowball snowflake soccer sock soldier sorcerer sorceress spaceman spear spectre sphinx spire spirit
spoon squid stadium staff stage staircase starfish stick stingray stork stove straw student
suitcase sultan sun surfer swallow sweater swimmer swing table tank tapestry tavern taxi teapot
teenager television tennis termite throne tie titan toad toaster toe tomb tongue tooth torch
tornado tortoise toucan tourist tray treehouse trolley troll trombone trumpet trunk tsunami tuba
turkey tusk typewriter tyrant unicycle uniform vampire vegetable veil vendor vest viaduct vine
violinist viper volleyball vulture waitress walrus wand wanderer warehouse warrior warship wasp
waterfront waterlily wave wedding weasel well werewolf wheelbarrow wheelchair whirlpool whisker
widow wig willow window wing wire wolverine woodcutter woodpecker worker workshop worm wreath wreck
yak yard yarn zebra zeppelin zombie zoo
"""
)
"""Things, places and beings, one of each."""

MANY = words(
    """
acorns actors anchors ants apes arches arms arrows artists bats beads bees beetles bells benches
biscuits blankets boots bows branches bricks brushes bubbles bugs bushes buttons candies cannons
carpets carriages caterpillars clothes clowns coats coins columns comets cookies cowboys creatures
crocodiles cupcakes curtains cushions deer demons diamonds dolls doves dragonflies dresses
drummers elves engines farmers ferns fireflies fireworks flags flamingos flutes footprints forks
fossils fountains gardens ghosts giants glaciers gloves goblins hands hats hawks hedges heroes
hills hippos houses hunters icicles insects islands jackets jars jellyfish jewels keys kites
knives ladders leopards lizards lobsters logs machines magicians masks merchants meteors monks
mosquitoes musicians neighbours nests newspapers notes ostriches otters paintings panthers
parachutes parrots pearls peasants pelicans penguins photos pictures pillars pillows pilots plants
plates pots puddles puppets rays reeds ribbons riders rings rivers roads robes rockets roots ropes
ruins runners sails scarves scientists seashells seeds servants shapes sharks shells shepherds
shields skeletons skulls snails snakes snowballs snowflakes soldiers spears spices spirits spoons
stairs steps stones storks strangers streets students sweets swimmers tents toads torches tourists
trolls tunnels twins vegetables vikings villages villagers vines volcanoes vultures waiters
warriors waterfalls waterlilies weeds wheels wings witches worms zombies
"""
)
"""More than one."""

MANNERS = words(
    """
african american arabian arctic asian australian british celtic chinese dutch egyptian english
european french german greek indian irish italian japanese mexican norse persian polish roman
russian scottish spanish swiss turkish manga anime cinematic cyberpunk steampunk fantasy comic
detailed dreamlike psychedelic
"""
)
"""Where it comes from and how it is drawn: adjectives too."""

LANDS = words(
    """
amsterdam athens berlin chicago egypt england france germany greece india ireland italy japan
london manhattan mexico moscow paris prague rome russia scotland spain tokyo venice vienna
"""
)
"""Names after "in"."""

MEDIA = words(
    """
blueprint collage engraving etching fresco gouache graffiti mural poster sepia tempera woodcut
"""
)
"""What a picture is made with: "as a woodcut", "in tempera"."""

GROUPS = words(
    """
bag basket bottle bowl box bucket bunch circle collection crowd cup family field flock glass group
herd jar line pair piece plate row slice stack swarm team vase
"""
)
"""What goes before "of" and many, or stuff."""

PARTS: tuple[tuple[str, ...], ...] = (
    *(QUALITIES, STUFF, DOINGS, THINGS, MANY, MANNERS, LANDS, MEDIA, GROUPS),
)
