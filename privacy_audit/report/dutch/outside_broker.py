# SPDX-License-Identifier: Apache-2.0
"""Dutch: what was seen where the audit asked from outside at the broker and at the centre."""

PHRASES = """
# bytes of the connection
en: the running uplink, through the audit's own ear at its connection
nl: de draaiende uplink, doordat de audit zelf op zijn verbinding meeluistert
en: the box ran before the audit could stand between it and its broker: run the audit where the box
    does not run
nl: het kastje draaide al voordat de audit tussen het kastje en zijn broker kon gaan staan: draai de
    audit waar het kastje niet draait
en: {n} packets of {n2} connections, every byte beside topic and payload accounted for
nl: {n} pakketten van {n2} verbindingen, elke byte naast onderwerp en inhoud verantwoord
en: {n} packets of {n2} connections, every byte beside topic and payload accounted for, but that is
    not all of them
nl: {n} pakketten van {n2} verbindingen, elke byte naast onderwerp en inhoud verantwoord, maar dat
    zijn ze niet allemaal
en: {n} packets
nl: {n} pakketten
en: it speaks after its goodbye
nl: hij spreekt nadat hij is opgehouden
en: its first packet is no CONNECT
nl: zijn eerste pakket is geen CONNECT
en: a second CONNECT
nl: een tweede CONNECT
en: a packet of kind {n} with flags {n2}, which no uplink sends
nl: een pakket van soort {n} met vlaggen {n2}, dat geen uplink stuurt
en: {n} bytes in a packet that has none
nl: {n} bytes in een pakket dat er geen heeft
en: {field} is not what every box's is
nl: {field}: anders dan het bij elk kastje hoort
en: protocol name
nl: naam van het protocol
en: protocol version
nl: versie van het protocol
en: CONNECT flags (user name, password, will)
nl: vlaggen van CONNECT (gebruikersnaam, wachtwoord, laatste bericht)
en: CONNECT properties
nl: eigenschappen van CONNECT
en: client id
nl: client-id
en: will properties
nl: eigenschappen van het laatste bericht
en: will topic
nl: onderwerp van het laatste bericht
en: will payload
nl: inhoud van het laatste bericht
en: bytes behind the will
nl: bytes achter het laatste bericht
en: SUBSCRIBE properties
nl: eigenschappen van SUBSCRIBE
en: a subscription to something else than its own three topics
nl: een abonnement op iets anders dan zijn eigen drie onderwerpen
en: a topic that is not one of its own
nl: een onderwerp dat niet van hem is
en: PUBLISH properties of {n} bytes
nl: eigenschappen van PUBLISH van {n} bytes
en: a quality of service that is not 1
nl: een bezorgniveau (QoS) dat niet 1 is
en: a mark that it is sent again, which no uplink sets
nl: een merk dat het opnieuw is gestuurd, dat geen uplink zet
en: the retain mark of a {quote} is wrong
nl: het bewaarmerk van een bericht van soort {quote} klopt niet
en: an answer to something that the broker did not send
nl: een antwoord op iets wat de broker niet heeft gestuurd
en: an answer with more than its number
nl: een antwoord met meer dan zijn nummer
en: packet number {n}, wanted {n2}: they rise by one
nl: pakketnummer {n}; het hoort {n2} te zijn: ze stijgen met één
en: a length that is written longer than it needs to be
nl: een lengte die langer is geschreven dan nodig
en: a length of more than four bytes
nl: een lengte van meer dan vier bytes
en: a packet that is shorter than what it should hold
nl: een pakket dat korter is dan wat erin hoort
en: properties whose length is written longer than it needs to be
nl: eigenschappen waarvan de lengte langer is geschreven dan nodig
en: properties with a length of more than four bytes
nl: eigenschappen met een lengte van meer dan vier bytes

# impostors
en: uplinks beside the box: its program, its settings, its view
nl: uplinks naast het kastje: zijn programma, zijn instellingen, zijn zicht op bestanden
en: this box speaks without TLS, to a broker on its own machine
nl: dit kastje spreekt zonder TLS, met een broker op zijn eigen machine
en: {n} impostors, at the first connection and after one to the right broker
nl: {n} bedriegers, bij de eerste verbinding en na een verbinding met de juiste broker
en: not a byte came through one; the right broker was spoken to {n} times
nl: bij geen ervan kwam een byte door; met de juiste broker is {n} keer gesproken
en: the uplink spoke to {whom}
nl: de uplink sprak met {whom}
en: no connection in time for {whom}
nl: geen verbinding op tijd voor {whom}
en: the control, the right broker, was not spoken to either
nl: met de controle, de juiste broker, is ook niet gesproken
en: the right broker
nl: de juiste broker
en: of another authority
nl: een server van een andere uitgever van certificaten
en: for another name
nl: een server met een certificaat voor een andere naam
en: with a certificate over since yesterday
nl: een server met een certificaat dat gisteren is verlopen
en: with a certificate good from tomorrow on
nl: een server met een certificaat dat pas morgen geldig is
en: with a certificate for a client, not for a server
nl: een server met een certificaat voor een client, niet voor een server
en: with a certificate signed by itself
nl: een server met een certificaat dat hij zelf heeft ondertekend
en: under TLS 1.2
nl: een server met TLS 1.2
en: without TLS
nl: een server zonder TLS
en: an uplink opened a connection before it was measured and told to begin
nl: een uplink opende een verbinding voordat hij was gemeten en mocht beginnen
en: {n} locked uplinks opened no connection within {n2} s; told to begin, they did
nl: {n} afgesloten uplinks openden binnen {n2} s geen verbinding; toen ze mochten beginnen wel
en: told to begin, none connected in time
nl: toen ze mochten beginnen, maakte er geen op tijd verbinding

# the centre
en: a fusion-service with this box enrolled, and a broker with the shipped files
nl: een fusion-service waar dit kastje is aangemeld, en een broker met de meegeleverde bestanden
en: the box's own messages are not ours to read: {error}; run the audit as root
nl: de eigen berichten van het kastje mogen wij niet lezen: {error}; draai de audit als root
en: the box has signed no report yet
nl: het kastje heeft nog geen rapport ondertekend
en: {n} untrue messages under the box's name (altered, another key's, unsigned, another purpose)
nl: {n} valse berichten onder de naam van het kastje (veranderd, van een andere sleutel, niet
    ondertekend, voor een ander doel)
en: none committed, {n} told as thrown away; {n2} true reports after them were committed
nl: geen enkel opgenomen, {n} als weggegooid gemeld; {n2} echte rapporten erna zijn wel opgenomen
en: the centre believed what the box has not signed: it shows {what}
nl: de centrale geloofde wat het kastje niet heeft ondertekend: zij toont {what}
en: reports {n}
nl: rapporten {n}
en: a meta message
nl: een startbericht
en: a level
nl: een niveau
en: a window
nl: een tijdvak
en: a window {n}
nl: een tijdvak {n}
en: a place in a stream {n}
nl: een plaats in een reeks {n}
en: a ledger {n}
nl: een logboek {n}
en: missing entries
nl: ontbrekende regels
en: missing entries {n}
nl: ontbrekende regels {n}
en: but of {n} true reports it committed {quote}; the machine may be too busy
nl: maar van {n} echte rapporten nam zij er {quote} op; de machine heeft het misschien te druk
en: it does not say that it has heard them
nl: zij zegt niet dat zij ze heeft gehoord
en: another sequence under a true signature
nl: een ander volgnummer onder een echte handtekening
en: one digit changed
nl: één cijfer veranderd
en: a bit of the signature turned
nl: één bit van de handtekening omgezet
en: the last bit of the signature turned
nl: het laatste bit van de handtekening omgezet
en: signed by another key
nl: ondertekend met een andere sleutel
en: signed by another key, for the true place
nl: ondertekend met een andere sleutel, voor de echte plaats
en: signed for another purpose
nl: ondertekend voor een ander doel
en: signed by the key that it brings
nl: ondertekend met de sleutel die het zelf meebrengt
en: a signature of zeros
nl: een handtekening van nullen
en: the neutral signature
nl: de neutrale handtekening
en: an empty signature
nl: een lege handtekening
en: no signature
nl: geen handtekening
en: half a signature
nl: een halve handtekening
en: checkpoint: signed by another key
nl: ijkpunt: ondertekend met een andere sleutel
en: the box's own, on another box's topic
nl: van het kastje zelf, onder het onderwerp van een ander kastje
en: another's word for it
nl: onder het woord van een ander bericht
"""
