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
nl: de toezichthouder
en: impostors
nl: bedriegers
en: the centre
nl: de centrale
en: Are the keys of each box its own?
nl: Heeft elk kastje zijn eigen sleutels?
en: Keys are made as an installer makes them, several times over and twice under the same name in
    the same place, and two boxes are enrolled. No two keys may agree, and none may follow from
    what others know.
nl: Sleutels worden gemaakt zoals een installateur dat doet, meermaals en tweemaal onder dezelfde
    naam op dezelfde plek, en twee kastjes worden aangemeld. Geen twee sleutels mogen gelijk zijn,
    en geen mag volgen uit wat anderen weten.
en: Is what the box says of itself what can be measured?
nl: Is wat het kastje van zichzelf zegt ook wat te meten is?
en: Level, config, model, boot, health and signatures of what the box has signed are measured or
    made once more; the bytes that it says to its broker are read one by one.
nl: Niveau, instellingen, model, start, toestand en handtekeningen van wat het kastje ondertekende
    worden nog eens gemeten of gemaakt; de bytes die het tegen zijn broker zegt worden een voor
    een gelezen.
en: Does anything but the counts tell who was there?
nl: Verraadt iets anders dan de tellingen wie er was?
en: A gate beside the box hears windows that differ only by people, with numbers that stand out.
    Every other field must be the same in all; in its files, its log and its columns the numbers
    must not be found.
nl: Een poort naast het kastje hoort vensters die alleen in mensen verschillen, met getallen die
    opvallen. Elk ander veld moet in alle gelijk zijn; in zijn bestanden, zijn logboek en zijn
    kolommen mogen de getallen niet te vinden zijn.
en: Are masked areas painted over, and does nobody look before being let?
nl: Worden gemaskeerde vlakken overgeschilderd, en kijkt niemand voordat het mag?
en: Sensors beside the box see a drawn street whose one person walks behind a mask, and without
    it. Locked and not yet let begin, they must read no frame, and a gate must take no record.
nl: Sensoren naast het kastje zien een getekende straat waarin één mens achter een masker loopt,
    en zonder masker. Opgesloten en nog niet begonnen mogen zij geen beeld lezen, en een poort mag
    geen bericht aannemen.
en: Does the box refuse to run with a process that is not locked in?
nl: Weigert het kastje te draaien met een proces dat niet is opgesloten?
en: The box's own supervisor is given processes of the audit's, each locked in but for one thing.
    It must let none begin.
nl: De eigen toezichthouder van het kastje krijgt processen van de audit, elk opgesloten op één
    ding na. Hij mag geen ervan laten beginnen.
en: Does the box speak to anyone but its own broker?
nl: Spreekt het kastje met iemand anders dan zijn eigen broker?
en: Uplinks beside the box meet servers with the wrong papers where their broker should be, at
    first and in between. Not a byte may come through one.
nl: Uplinks naast het kastje treffen servers met de verkeerde papieren op de plek van hun broker,
    eerst en tussendoor. Er mag geen byte door komen.
en: Does the centre believe only what the box has signed?
nl: Gelooft de centrale alleen wat het kastje heeft ondertekend?
en: A centre with the box enrolled hears its true messages and untrue ones: altered, unsigned,
    another key's. It must keep the true ones only.
nl: Een centrale die het kastje kent hoort zijn ware berichten en onware: veranderd, niet
    ondertekend, van een andere sleutel. Zij mag alleen de ware bewaren.

# mechanisms
en: keys of its own
nl: eigen sleutels
en: signatures at the centre
nl: handtekeningen bij de centrale
en: the broker's certificate
nl: het certificaat van de broker
en: fields outside the rule
nl: velden buiten de regel
en: exact counts at rest
nl: exacte tellingen in rust
en: what the box says of itself
nl: wat het kastje van zichzelf zegt
en: measured before it begins
nl: gemeten voordat het begint
en: bytes of MQTT
nl: bytes van MQTT
en: Each box draws its keys by chance, so what one box knows is of no use against another.
nl: Elk kastje trekt zijn sleutels door toeval, dus met wat het ene weet is tegen het andere niets
    te beginnen.
en: The centre believes a message only where the key of that very box has signed these very bytes.
nl: De centrale gelooft een bericht alleen als de sleutel van juist dat kastje juist deze bytes
    heeft ondertekend.
en: The box speaks to its own broker only: to another certificate, name or date it says nothing.
nl: Het kastje spreekt alleen met zijn eigen broker: tegen een ander certificaat, een andere naam
    of datum zegt het niets.
en: What a report says beside its counts is the same whoever was there.
nl: Wat een rapport naast zijn tellingen zegt is hetzelfde, wie er ook was.
en: The counts before the noise stand in no file of the box and in no line that it writes.
nl: De tellingen van vóór de ruis staan in geen bestand van het kastje en in geen regel die het
    schrijft.
en: What the box says of itself, such as its level and its config, is what is measured from outside.
nl: Wat het kastje van zichzelf zegt, zoals zijn niveau en zijn instellingen, is wat van buiten
    wordt gemeten.
en: Who starts the processes measures each, and lets none begin that is not locked in.
nl: Wie de processen start meet elk ervan, en laat geen beginnen dat niet is opgesloten.
en: Until it has been measured, no process looks at a picture, takes a count or opens a connection.
nl: Voordat het is gemeten kijkt geen proces naar een beeld, neemt geen een telling aan en opent
    geen een verbinding.
en: What lies in a masked area is painted over before anything looks at the picture.
nl: Wat in een gemaskeerd vlak ligt wordt overgeschilderd voordat iets naar het beeld kijkt.
en: Beside topic and payload the connection to the broker says nothing that could differ.
nl: Naast onderwerp en inhoud zegt de verbinding met de broker niets dat anders zou kunnen zijn.

# findings, by name
en: what each role may
nl: wat elke rol mag
en: what the running sensor has loaded
nl: wat de draaiende sensor heeft geladen
en: keys of two boxes
nl: sleutels van twee kastjes
en: untrue messages
nl: onware berichten
en: fields beside the counts
nl: velden naast de tellingen
en: exact counts in files and logs
nl: exacte tellingen in bestanden en logboeken
en: its level
nl: zijn niveau
en: the hash of its config
nl: de hash van zijn instellingen
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
nl: een mens achter een masker
en: a sensor that has not been let begin
nl: een sensor die nog niet mocht beginnen
en: a gate that has not been let begin
nl: een poort die nog niet mocht beginnen
en: an uplink that has not been let begin
nl: een uplink die nog niet mocht beginnen
en: processes that are not locked in
nl: processen die niet zijn opgesloten

# findings, where they held
en: {n} installations, two of them in the same folder and two enrolled: {n2} keys, no two of which
    agree, none of which follows from what others know
nl: {n} installaties, twee ervan in dezelfde map en twee aangemeld: {n2} sleutels, waarvan geen
    twee gelijk zijn en geen volgt uit wat anderen weten
en: {n} untrue messages under the box's name (altered, another key's, unsigned, another purpose):
    none committed, {n2} told as thrown away; {n3} true reports after them were committed
nl: {n} onware berichten onder de naam van het kastje (veranderd, van een andere sleutel, niet
    ondertekend, voor een ander doel): geen ervan opgenomen, {n2} als weggegooid gemeld; {n3} ware
    rapporten erna werden opgenomen
en: it says {quote} in {n} messages; measured from outside: {quote2}
nl: het zegt {quote} in {n} berichten; van buiten gemeten: {quote2}
en: made anew from the settings: {quote}; {n} keys changed one at a time, each changes it; it
    stands in all {n2} messages
nl: opnieuw gemaakt uit de instellingen: {quote}; {n} sleutels een voor een veranderd, elk
    verandert hem; hij staat in alle {n2} berichten
en: model, boot, place, window, rule, lines and zones of {n} messages are this machine's
nl: model, start, plaats, venster, regel, lijnen en zones van {n} berichten zijn die van deze
    machine
en: {n} reports, temperature and disk measured anew, outbox and link as they were
nl: {n} rapporten, temperatuur en schijf opnieuw gemeten, uitbak en verbinding zoals zij waren
en: {n} entries written and signed anew with its key: the same bytes
nl: {n} regels opnieuw geschreven en met zijn sleutel ondertekend: dezelfde bytes
en: {n} packets of {n2} connections, every byte beside topic and payload accounted for
nl: {n} pakketten van {n2} verbindingen, elke byte naast onderwerp en inhoud verantwoord
en: {n} impostors, at the first connection and after one to the right broker: not a byte came
    through one; the right broker was spoken to {n2} times
nl: {n} bedriegers, bij de eerste verbinding en na een met de juiste broker: er kwam geen byte
    door; met de juiste broker werd {n2} keer gesproken
en: {n} boxes one of whose processes was not locked in as it should be: each refused, the box
    ended and said so; the same locked in well was let begin
nl: {n} kastjes waarvan één proces niet was opgesloten zoals het hoort: elk geweigerd, het kastje
    stopte en zei waarom; hetzelfde, goed opgesloten, mocht beginnen
en: one person walks {n} s across a line and through a zone, all of it masked: counted 0 times in
    {n2} windows; without the mask {n3}
nl: één mens loopt {n} s over een lijn en door een zone, geheel gemaskeerd: 0 keer geteld in {n2}
    vensters; zonder masker {n3}
en: a record waited {n} s at a locked gate; told to begin, it took it
nl: een bericht wachtte {n} s bij een opgesloten poort; toen die mocht beginnen nam zij het aan
"""
