/** Concepts that a person would call by a known thing's noun, or nearly: neither known nor fairly called unknown. */
export const nearbyThings: readonly string[] = `
monkey face|gorilla|orangutan|guide dog|service dog|poodle|wolf|raccoon|black cat|donkey|ox|water buffalo|bison|boar
pig nose|ram|ewe|goat|llama|rat|beaver|otter|badger|skunk|sloth|moose|deer|mammoth|hippopotamus|rhinoceros|hamster
hatching chick|rooster|turkey|bird|dove|eagle|dodo|goose|black bird|phoenix|wing|paw prints|sauropod|lizard
dolphin|seal|blowfish|shrimp|squid|fried shrimp|bug|beetle|cricket|cockroach|mosquito|worm|spider web|fly|feather
bouquet|cherry blossom|white flower|lotus|rosette|wilted flower|hibiscus|blossom|hyacinth|seedling|potted plant
Christmas tree|tanabata tree|pine decoration|herb|shamrock|fallen leaf|leaf fluttering in wind|leafy green|brown mushroom
green apple|lime|melon|mango|potato|roasted sweet potato|onion|bell pepper|olive|blueberries|chestnut|baguette bread
flatbread|bagel|waffle|pancakes|bacon|sandwich|taco|burrito|stuffed flatbread|cooking|butter|ice cream|shaved ice|cookie
shortcake|cupcake|pie|moon cake|custard|teacup without handle|bottle with popping cork|clinking beer mugs|clinking glasses
tumbler glass|tropical drink|cup with straw|bubble tea|beverage box|fork and knife|fork and knife with plate|dagger
crossed swords|globe showing Americas|globe showing Asia-Australia|globe with meridians|mount fuji|camping|houses
derelict house|house with garden|office building|Japanese castle|wedding|circus tent|locomotive|railway car
high-speed train|bullet train|light rail|station|tram|monorail|mountain railway|tram car|oncoming bus|trolleybus|minibus
ambulance|oncoming police car|taxi|oncoming taxi|oncoming automobile|sport utility vehicle|pickup truck|articulated lorry
tractor|racing car|auto rickshaw|kick scooter|horizontal traffic light|canoe|speedboat|passenger ship|ferry|motor boat
small airplane|airplane departure|airplane arrival|new moon|waxing crescent moon|first quarter moon|waxing gibbous moon
full moon|waning gibbous moon|last quarter moon|waning crescent moon|new moon face|first quarter moon face
last quarter moon face|sun with face|full moon face|glowing star|shooting star|sun behind cloud
cloud with lightning and rain|sun behind small cloud|sun behind large cloud|sun behind rain cloud|cloud with rain
cloud with snow|cloud with lightning|closed umbrella|umbrella with rain drops|umbrella on ground|snowman|comet
baseball|softball|volleyball|cricket game|field hockey|1st place medal|2nd place medal|3rd place medal|military medal
basketball|lab coat|safety vest|coat|kimono|sari|woman’s clothes|running shirt|hiking boot|flat shoe|high-heeled shoe
woman’s sandal|ballet shoes|graduation cap|military helmet|rescue worker’s helmet|sunglasses|goggles|purse|clutch bag
bell with slash|bellhop bell|postal horn|saxophone|banjo|long drum|studio microphone|mobile phone with arrow|pager
telephone receiver|low battery|desktop computer|camera with flash|video camera|movie camera|diya lamp|flashlight
open book|green book|blue book|orange book|books|notebook|notebook with decorative cover|ledger|rolled-up newspaper
incoming envelope|envelope with arrow|e-mail|love letter|closed mailbox with raised flag|closed mailbox with lowered flag
pen|crayon|fountain pen|black nib|briefcase|linked paperclips|unlocked|locked with pen|locked with key|pick
hammer and pick|hammer and wrench|wrench|bow and arrow|watch|hourglass not done|stopwatch|timer clock|mantelpiece clock
seat|boxing glove|red envelope|tooth|Tokyo tower|church|rescue worker's helmet|page facing up|newspaper|money with wings
`
  .trim()
  .split(/[|\n]/);
