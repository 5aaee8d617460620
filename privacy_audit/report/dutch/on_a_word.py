# SPDX-License-Identifier: Apache-2.0
"""Dutch: who saw what, and what is taken on a word because nobody outside the box saw it."""

PHRASES = """
# the table
en: What is taken on a word
nl: Wat op iemands woord wordt aangenomen
en: Everything else in this report was seen by a witness that is not the box. These were not, and
    why:
nl: Al het andere in dit verslag is gezien door een getuige die niet het kastje is. Het volgende
    niet, en dit is waarom:
en: Whose word
nl: Wiens woord
en: Why it was not asked from outside
nl: Waarom het niet van buitenaf is gemeten
en: What would show it
nl: Wat het zou aantonen

# what, and what would show it
en: That a key's 32 bytes came from the kernel's random source, and not from something with fewer
    possibilities.
nl: Dat de 32 bytes van een sleutel uit de toevalsbron van de kernel komen, en niet uit iets met
    minder mogelijkheden.
en: Keys that come out different and show no pattern look the same, whatever they were drawn from.
nl: Sleutels die steeds anders zijn en geen patroon tonen zien er hetzelfde uit, waar ze ook uit
    zijn getrokken.
en: reading edge_agent/keys.py, 70 lines; its hash stands below
nl: edge_agent/keys.py lezen, 70 regels; de hash ervan staat hieronder
en: That programs beside the box do what the running ones do.
nl: Dat programma's naast het kastje hetzelfde doen als de draaiende.
en: What would harm the running processes is done to others, started from the same files with the
    same filters.
nl: Wat de draaiende processen zou schaden is met andere processen gedaan, gestart uit dezelfde
    bestanden en met dezelfde filters.
en: the hash of the code, compared with that of a copy got by another way; a restart before the
    audit
nl: de hash van de code, vergeleken met die van een kopie die langs een andere weg is verkregen;
    een herstart vóór de audit
en: What is free in a connection: random bytes and key shares of TLS, ports, when a message goes and
    how often again.
nl: Wat in een verbinding vrij te kiezen is: willekeurige bytes en sleuteldelen van TLS, poorten,
    wanneer een bericht gaat en hoe vaak het wordt herhaald.
en: Random numbers can be chosen to carry something. The uplink knows released counts only.
nl: Willekeurige getallen kunnen zo gekozen worden dat ze iets meenemen. De uplink kent alleen
    vrijgegeven tellingen.
en: the part on pairs of processes, and the firewall's log of whom it speaks to
nl: het deel over paren van processen, en het log van de firewall over met wie het kastje spreekt
en: Ids that are drawn by chance: streams, runs, the numbers of waiting windows.
nl: ID's die door toeval worden getrokken: van reeksen, van starts, en de nummers van wachtende
    tijdvakken.
en: They are random, so that one that carries something looks the same. They are drawn before the
    counts, or do not leave.
nl: Ze zijn willekeurig, dus een ID dat iets meeneemt ziet er net zo uit. Ze worden getrokken
    vóór de tellingen, of ze verlaten het kastje niet.
en: reading edge_agent/processes/gate.py where it says secrets
nl: edge_agent/processes/gate.py lezen op de plekken waar secrets staat
en: That an exact count is nowhere kept in a coding that the audit does not try, such as one under a
    key.
nl: Dat een exacte telling nergens bewaard wordt in een codering die de audit niet probeert,
    bijvoorbeeld versleuteld.
en: What is enciphered looks like chance. Only its store can be written to, and only the known files
    may be there.
nl: Wat versleuteld is lijkt op toeval. Alleen in zijn opslag kan geschreven worden, en daar mogen
    alleen de bekende bestanden staan.
en: reading edge_agent/disclosure, the deciding room; its hash stands below
nl: edge_agent/disclosure lezen, het deel dat beslist; de hash ervan staat hieronder
en: That the systemd units measure each process before it begins, where the box runs under systemd.
nl: Dat de units van systemd elk proces meten voordat het begint, als het kastje onder systemd
    draait.
en: The audit starts a box with its own supervisor. The unit uses the same measurement, but was not
    given loose processes.
nl: De audit start een kastje met zijn eigen supervisor. De unit gebruikt dezelfde meting, maar
    heeft geen processen gekregen die niet zijn afgesloten.
en: journalctl -u 'people-count-admit@*' and systemctl cat
nl: journalctl -u 'people-count-admit@*' en systemctl cat
en: That the centre which the box really reports to runs the program that was tried here.
nl: Dat de centrale waar het kastje echt aan meldt het programma draait dat hier is beproefd.
en: The audit runs a centre of its own from the same files.
nl: De audit draait een eigen centrale uit dezelfde bestanden.
en: fusion-service's own hash at the centre; a forged message sent there by its operator
nl: de hash van fusion-service bij de centrale; een vervalst bericht dat de beheerder daar verstuurt
en: That the broker which the box really speaks to has the shipped settings and access list.
nl: Dat de broker waar het kastje echt mee spreekt de meegeleverde instellingen en toegangslijst
    heeft.
en: The audit runs a broker of its own with the shipped files.
nl: De audit draait een eigen broker met de meegeleverde bestanden.
en: comparing acl and mosquitto.conf at the broker with those that ship
nl: acl en mosquitto.conf bij de broker vergelijken met de meegeleverde
en: Image quality: how well the camera saw, observed share, frame rate.
nl: Beeldkwaliteit: hoe goed het zicht was, waargenomen deel, beelden per seconde.
en: The audit says these itself when it plays the sensor; of the running sensor nobody else sees the
    pictures.
nl: De audit zegt dit zelf als zij de rol van sensor speelt; van de draaiende sensor ziet niemand
    anders de beelden.
en: looking at the scene; the cap on what the sensor may say holds for these too
nl: op straat gaan kijken; de grens aan wat de sensor mag zeggen geldt ook hiervoor
en: The level of a window that was signed before the last start of the box.
nl: Het niveau van een tijdvak dat vóór de laatste start van het kastje is ondertekend.
en: The audit can only measure what runs now.
nl: De audit kan alleen meten wat nu draait.
en: an audit at that time
nl: een audit op dat moment

# whose word
en: edge-agent keygen
nl: edge-agent keygen
en: the same files on disk
nl: dezelfde bestanden op schijf
en: the uplink
nl: de uplink
en: the gate
nl: de gate
en: the sensor
nl: de sensor
en: whoever runs the centre
nl: wie de centrale beheert
en: whoever runs the broker
nl: wie de broker beheert
en: the supervisor of that time
nl: de supervisor van toen

# who saw what
en: the kernel
nl: de kernel
en: the file on disk
nl: het bestand op schijf
en: the broker's delivery
nl: wat de broker aflevert
en: a program of the audit's beside the box
nl: een programma van de audit naast het kastje
en: users, filters, threads, namespaces, views, limits, descriptors
nl: gebruikers, filters, threads, namespaces, zicht op bestanden, grenzen, descriptors
en: {witness}, of the running processes
nl: {witness}, over de draaiende processen
en: what an attacker behind the wall has changed
nl: wat een aanvaller achter de muur heeft veranderd
en: what one process can tell another
nl: wat het ene proces het andere kan vertellen
en: the random bits of an outside witness, at both ends
nl: de willekeurige bits van een getuige van buiten, aan beide kanten
en: what the machine itself carries
nl: wat de machine zelf doorgeeft
en: what each filter decides
nl: wat elk filter beslist
en: the filters that the kernel hands out, run by the audit's evaluator
nl: de filters die de kernel geeft, door de audit zelf uitgerekend
en: what the libraries hold and do
nl: wat de bibliotheken bevatten en doen
en: {witness} that the running sensor has mapped, and {other}
nl: {witness} dat de draaiende sensor heeft geladen, en {other}
en: the audit's arithmetic over the config, against the box's log and signed meta message
nl: wat de audit uit de configuratie uitrekent, naast het log en het ondertekende startbericht van
    het kastje
en: what a gate takes
nl: wat een gate aanneemt
en: {witness}: its signed reports against what it was told
nl: {witness}: de ondertekende rapporten naast wat de gate te horen kreeg
en: where a shown picture stays
nl: waar een getoond beeld blijft
en: the noise of each number
nl: de ruis op elk getal
en: the audit's own sampler, with the box's key and the name of the number
nl: de ruis die de audit zelf trekt, met de sleutel van het kastje en de naam van het getal
en: what left
nl: wat het kastje verliet
en: {witness}, {other}, the centre's tree, and {third}'s count of bytes
nl: {witness}, {other}, de boom van de centrale, en de bytes die {third} telt
en: what each role may say and hear
nl: wat elke rol mag zeggen en horen
en: the keys of several installations
nl: de sleutels van verschillende installaties
en: the files that the product's programs have made
nl: de bestanden die de programma's van het product hebben gemaakt
en: level, config, model, boot, health, signatures
nl: niveau, configuratie, model, opstart, toestand, handtekeningen
en: the audit's own measurement and {witness}
nl: de eigen meting van de audit en {witness}
en: the audit's ear on the running connection
nl: de audit die op de draaiende verbinding meeluistert
en: every field, file, line and column of a gate
nl: elk veld, elk bestand, elke regel en elke kolom van een gate
en: {witness}: a gate that was told known people
nl: {witness}: een gate die bekende aantallen personen te horen kreeg
en: what a sensor counts behind a mask; what it reads before it is let
nl: wat een sensor telt achter een masker; wat hij leest voordat hij mag beginnen
en: whom it lets begin
nl: wie hij laat beginnen
en: {witness}: processes that are not locked in
nl: {witness}: processen die niet zijn afgesloten
en: to whom the uplink speaks
nl: met wie de uplink spreekt
en: {witness}: servers with the wrong papers
nl: {witness}: servers met de verkeerde papieren
en: what it commits
nl: wat zij opneemt
en: the centre's API, after true and untrue messages
nl: de API van de centrale, na echte en valse berichten
en: what a model that lies does to the counts
nl: wat een model dat liegt met de tellingen doet
en: the released counts of a whole box
nl: de vrijgegeven tellingen van een heel kastje
"""
