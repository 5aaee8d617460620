# SPDX-License-Identifier: Apache-2.0
"""Dutch: what is asked from outside, and what is taken on a word."""

PHRASES = """
# parts
en: own keys
nl: eigen sleutels
en: what it says of itself
nl: wat het van zichzelf zegt
en: fields and files
nl: velden en bestanden
en: masks
nl: maskers
en: the supervisor
nl: de supervisor
en: impostors
nl: bedriegers
en: the centre
nl: de centrale
en: Are the keys of each box its own?
nl: Heeft elk kastje zijn eigen sleutels?
en: Keys are made as an installer makes them, several times over and twice under the same name in
    the same place, and two boxes are enrolled. No two keys may agree, and none may follow from
    what others know.
nl: Sleutels worden gemaakt zoals een installateur dat doet, een paar keer, en twee keer onder
    dezelfde naam op dezelfde plek, en twee kastjes worden aangemeld. Geen twee sleutels mogen
    overeenkomen, en geen enkele mag volgen uit wat anderen weten.
en: Is what the box says of itself what can be measured?
nl: Is wat het kastje van zichzelf zegt ook wat te meten is?
en: Level, config, model, boot, health and signatures of what the box has signed are measured or
    made once more; the bytes that it says to its broker are read one by one.
nl: Niveau, configuratie, model, opstart, toestand en handtekeningen van wat het kastje heeft
    ondertekend worden opnieuw gemeten of gemaakt. De bytes die het tegen zijn broker zegt worden
    één voor één gelezen.
en: Does anything but the counts tell who was there?
nl: Verraadt iets anders dan de tellingen wie er was?
en: A gate beside the box hears windows that differ only by people, with numbers that stand out.
    Every other field must be the same in all; in its files, its log and its columns the numbers
    must not be found.
nl: Een gate naast het kastje krijgt tijdvakken te horen die alleen verschillen in wie er was, met
    getallen die opvallen. Elk ander veld moet in alle tijdvakken gelijk zijn. In zijn bestanden,
    zijn log en zijn kolommen mogen de getallen niet te vinden zijn.
en: Are masked areas painted over, and does nobody look before being let?
nl: Worden gemaskeerde vlakken overgeschilderd, en kijkt geen proces voordat het mag?
en: Sensors beside the box see a drawn street whose one person walks behind a mask, and without
    it. Locked and not yet let begin, they must read no frame, and a gate must take no record.
nl: Sensoren naast het kastje zien een getekende straat waar één persoon achter een masker loopt, en
    dezelfde straat zonder masker. Zolang zij zijn afgesloten en nog niet mogen beginnen, mogen zij
    geen beeld lezen, en mag een gate geen record aannemen.
en: Does the box refuse to run with a process that is not locked in?
nl: Weigert het kastje te draaien met een proces dat niet is afgesloten?
en: The box's own supervisor is given processes of the audit's, each locked in but for one thing.
    It must let none begin.
nl: De eigen supervisor van het kastje krijgt processen van de audit, die op één ding na zijn
    afgesloten. Hij mag er geen enkel van laten beginnen.
en: Does the box speak to anyone but its own broker?
nl: Spreekt het kastje met iemand anders dan zijn eigen broker?
en: Uplinks beside the box meet servers with the wrong papers where their broker should be, at
    first and in between. Not a byte may come through one.
nl: Uplinks naast het kastje treffen op de plek van hun broker servers met de verkeerde papieren,
    bij de eerste verbinding en tussendoor. Er mag geen byte doorkomen.
en: Does the centre believe only what the box has signed?
nl: Gelooft de centrale alleen wat het kastje heeft ondertekend?
en: A centre with the box enrolled hears its true messages and untrue ones: altered, unsigned,
    another key's. It must keep the true ones only.
nl: Een centrale waar het kastje is aangemeld krijgt zijn echte berichten en valse: veranderd, niet
    ondertekend, van een andere sleutel. Zij mag alleen de echte bewaren.

# mechanisms
en: keys of its own
nl: eigen sleutels
en: signatures at the centre
nl: handtekeningen bij de centrale
en: the broker's certificate
nl: het certificaat van de broker
en: fields outside the rule
nl: velden buiten de vrijgaveregel
en: exact counts at rest
nl: achtergebleven exacte tellingen
en: what the box says of itself
nl: wat het kastje van zichzelf zegt
en: measured before it begins
nl: gemeten voordat het begint
en: bytes of MQTT
nl: bytes van MQTT
en: Each box draws its keys by chance, so what one box knows is of no use against another.
nl: Elk kastje trekt zijn sleutels door toeval. Met wat het ene kastje weet is tegen het andere dus
    niets te beginnen.
en: The centre believes a message only where the key of that very box has signed these very bytes.
nl: De centrale gelooft een bericht alleen als precies deze bytes zijn ondertekend met de sleutel
    van precies dat kastje.
en: The box speaks to its own broker only: to another certificate, name or date it says nothing.
nl: Het kastje spreekt alleen met zijn eigen broker: tegen een ander certificaat, een andere naam
    of datum zegt het niets.
en: What a report says beside its counts is the same whoever was there.
nl: Wat een rapport naast zijn tellingen zegt, is hetzelfde wie er ook was.
en: The counts before the noise stand in no file of the box and in no line that it writes.
nl: De tellingen van vóór de ruis staan in geen bestand van het kastje en in geen regel die het
    schrijft.
en: What the box says of itself, such as its level and its config, is what is measured from outside.
nl: Wat het kastje van zichzelf zegt, zoals zijn niveau en zijn configuratie, is ook wat van
    buitenaf wordt gemeten.
en: Who starts the processes measures each, and lets none begin that is not locked in.
nl: Wie de processen start meet elk proces, en laat er geen beginnen dat niet is afgesloten.
en: Until it has been measured, no process looks at a picture, takes a count or opens a connection.
nl: Voordat het is gemeten mag een proces geen beeld bekijken, geen telling aannemen en geen
    verbinding openen.
en: What lies in a masked area is painted over before anything looks at the picture.
nl: Wat in een gemaskeerd vlak ligt wordt overgeschilderd voordat iets of iemand naar het beeld
    kijkt.
en: Beside topic and payload the connection to the broker says nothing that could differ.
nl: Naast onderwerp en inhoud zegt de verbinding met de broker niets wat ook anders zou kunnen zijn.

# findings, by name
en: what each role may
nl: wat elke rol mag
en: what the running sensor has loaded
nl: wat de draaiende sensor heeft geladen
en: keys of two boxes
nl: sleutels van twee kastjes
en: untrue messages
nl: valse berichten
en: fields beside the counts
nl: velden naast de tellingen
en: exact counts in files and logs
nl: exacte tellingen in bestanden en logs
en: its level
nl: zijn niveau
en: the hash of its config
nl: de hash van zijn configuratie
en: what runs and what it counts
nl: wat er draait en wat het telt
en: its health
nl: zijn toestand
en: its signatures
nl: zijn handtekeningen
en: what it has signed
nl: wat het heeft ondertekend
en: bytes beside topic and payload
nl: bytes naast onderwerp en inhoud
en: a person behind a mask
nl: een persoon achter een masker
en: a sensor that has not been let begin
nl: een sensor die nog niet mocht beginnen
en: a gate that has not been let begin
nl: een gate die nog niet mocht beginnen
en: an uplink that has not been let begin
nl: een uplink die nog niet mocht beginnen
en: processes that are not locked in
nl: processen die niet zijn afgesloten
"""
