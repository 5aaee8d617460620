# SPDX-License-Identifier: Apache-2.0
"""Dutch: what was seen where the audit asked from outside about the box itself."""

PHRASES = """
# anywhere
en: the machine may be too busy
nl: de machine heeft het misschien te druk

# keys
en: edge-agent keygen and edge-agent enrol, run here as an installer does
nl: edge-agent keygen en edge-agent enrol, hier gedraaid zoals een installateur dat doet
en: {n} installations, two of them in the same folder and two enrolled: {n2} keys
nl: {n} installaties, twee ervan in dezelfde map en twee aangemeld: {n2} sleutels
en: {n} installations, two of them in the same folder and two enrolled: {n2} keys, no two of which
    agree, none of which follows from what others know
nl: {n} installaties, twee ervan in dezelfde map en twee aangemeld: {n2} sleutels, waarvan er geen
    twee overeenkomen en geen enkele volgt uit wat anderen weten
en: one {key} for two boxes: {place}; {place2}
nl: dezelfde {key} voor twee kastjes: {place}; {place2}
en: two keys differ in too few bits: {key} of {place}, {key2} of {place2}
nl: twee sleutels verschillen in te weinig bits: {key} van {place}, {key2} van {place2}
en: the {key} of {place} was not drawn by chance: {n} different bytes
nl: de {key} van {place} is niet door toeval getrokken: {n} verschillende bytes
en: the {key} of {place} follows from {source}
nl: de {key} van {place} volgt uit {source}
en: signing key
nl: sleutel voor handtekeningen
en: TLS key
nl: TLS-sleutel
en: the public half of its signing key
nl: de openbare helft van zijn sleutel voor handtekeningen
en: the name of this machine
nl: de naam van deze machine
en: its folder
nl: zijn map
en: name
nl: naam
en: nothing
nl: niets
en: the box that is audited
nl: het kastje dat is bekeken
en: keygen in a folder
nl: keygen in een map
en: keygen in the same folder again
nl: nog eens keygen in dezelfde map
en: keygen {n} at once
nl: keygen nummer {n} van meerdere tegelijk
en: enrolment of audit/{quote}
nl: aanmelding van audit/{quote}

# fields
en: a gate beside the box, with its rule, which hears windows that differ only by people
nl: een gate naast het kastje, met zijn vrijgaveregel, die tijdvakken te horen krijgt die alleen
    verschillen in wie er was
en: the gate did not hear and sign all {n} windows in time; the machine may be too busy
nl: de gate heeft niet alle {n} tijdvakken op tijd gehoord en ondertekend; de machine heeft het
    misschien te druk
en: of {n} windows that it was told {n2} were reported
nl: van {n} tijdvakken die hij te horen kreeg zijn er {n2} gemeld
en: {n} windows that differ only by people
nl: {n} tijdvakken die alleen verschillen in wie er was
en: {n} fields beside {n2} that may depend on them
nl: {n} velden naast {n2} die daarvan mogen afhangen
en: the same in all, or one more each time; bytes and signatures in their one form
nl: in alle gelijk, of telkens één hoger; bytes en handtekeningen in hun enige vorm
en: {field} is {value}, which nobody said
nl: {field} is {value}, en dat heeft niemand gezegd
en: {field} does not rise by the same each time
nl: {field} stijgt niet telkens evenveel
en: {field} differs with the people: {values}
nl: {field} verschilt met wie er was: {values}
en: left out
nl: weggelaten
en: the bytes of entry {n} are not the one form of what it says
nl: de bytes van regel {n} zijn niet de enige vorm van wat hij zegt
en: entries of another kind between the reports
nl: regels van een andere soort tussen de rapporten

# files and logs
en: {n} numbers that were told and not let out, in {n2} files and logs, {n3} bytes, in {n4} codings
nl: {n} getallen die zijn gezegd en niet vrijgegeven, in {n2} bestanden en logs, {n3} bytes, in {n4}
    coderingen
en: none; planted, they are found in each; no column follows them
nl: geen enkel; neergelegd worden ze in elke codering gevonden; geen kolom volgt ze
en: too few to tell; the rule of this box lets most of them out as they are
nl: te weinig om het te zeggen; de vrijgaveregel van dit kastje geeft de meeste vrij zoals ze zijn
en: planted, they were found in {n} of {n2} codings only
nl: neergelegd zijn ze maar in {n} van {n2} coderingen gevonden
en: a file in the store of which nobody has said what is in it: {quote}
nl: een bestand in de opslag waarvan niemand heeft gezegd wat erin staat: {quote}
en: exact counts in {place}, as {how}: {what}
nl: exacte tellingen in {place}, als {how}: {what}
en: exact counts in {place}: {column} follows them in its size
nl: exacte tellingen in {place}: {column} volgt ze in grootte
en: exact counts in {place}: {column} follows them in its remainder by {n}, in {n2} of {n3} rows
nl: exacte tellingen in {place}: {column} volgt ze in de rest na deling door {n}, in {n2} van {n3}
    rijen
en: {n} of {n2}, of those that nobody told {n3} of {n4}
nl: {n} van {n2}; van de getallen die niemand zei {n3} van {n4}
en: {n} times each, those that nobody told {n2} times
nl: elk {n} keer; de getallen die niemand zei {n2} keer
en: what it printed
nl: wat hij afdrukte
en: {place}, unpacked
nl: {place}, uitgepakt
en: decimal
nl: decimaal
en: backwards
nl: achterstevoren
en: hexadecimal
nl: hexadecimaal
en: capital hexadecimal
nl: hexadecimaal met hoofdletters
en: two bytes, low first
nl: twee bytes, laagste eerst
en: two bytes, high first
nl: twee bytes, hoogste eerst
en: four bytes, low first
nl: vier bytes, laagste eerst
en: four bytes, high first
nl: vier bytes, hoogste eerst
en: variable length, low first
nl: wisselende lengte, laagste eerst
en: variable length, high first
nl: wisselende lengte, hoogste eerst
en: its complement
nl: het complement ervan

# what it says of itself
en: the running box, by what it has signed
nl: het draaiende kastje, naar wat het heeft ondertekend
en: its ledger is not ours to read: {error}; run the audit as root
nl: zijn logboek mogen wij niet lezen: {error}; draai de audit als root
en: this run has signed no meta message or no report yet
nl: sinds deze start is nog geen startbericht of nog geen rapport ondertekend
en: it says {level} in {n} messages; measured from outside: {own}
nl: het zegt {level} in {n} berichten; van buitenaf gemeten: {own}
en: it says {level} in {n} messages; measured from outside: {own}: not the measured level
nl: het zegt {level} in {n} berichten; van buitenaf gemeten: {own}: niet het gemeten niveau
en: it says {level} in {n} messages; measured from outside: {own}, but not all could be measured:
    {what}
nl: het zegt {level} in {n} berichten; van buitenaf gemeten: {own}, maar niet alles was te meten:
    {what}
en: made anew from the settings: {quote}..; {n} keys changed one at a time
nl: opnieuw gemaakt uit de instellingen: {quote}..; {n} instellingen één voor één veranderd
en: made anew from the settings: {quote}..; {n} keys changed one at a time, each changes it; it
    stands in all {n2} messages
nl: opnieuw gemaakt uit de instellingen: {quote}..; {n} instellingen één voor één veranderd, en elk
    verandert de hash; hij staat in alle {n2} berichten
en: signed is another config hash: {quote}
nl: er is een andere hash van de configuratie ondertekend: {quote}
en: the config hash stays the same when {quote} changes
nl: de hash van de configuratie blijft gelijk als {quote} verandert
en: not what is on this machine: {what}
nl: niet wat op deze machine staat: {what}
en: {key} of a message
nl: {key} van een bericht
en: site
nl: plaats
en: device
nl: kastje
en: length
nl: lengte
en: clock
nl: klok
en: rule
nl: vrijgaveregel
en: the hash of the model's file
nl: de hash van het bestand van het model
en: the model's name
nl: de naam van het model
en: the lines
nl: de lijnen
en: the zones
nl: de zones
en: the stream
nl: de reeks
en: the boot of its meta message
nl: de opstart in zijn startbericht
en: model, boot, place, window, rule, lines and zones of {n} messages are this machine's
nl: model, opstart, plaats, tijdvak, vrijgaveregel, lijnen en zones van {n} berichten zijn die van
    deze machine
en: health says {what}
nl: over zijn toestand zegt het: {what}
en: {key} {n}, measured {n2}
nl: {key} {n}, gemeten {n2}
en: {key} {n}, measured {n2} or {n3}
nl: {key} {n}, gemeten {n2} of {n3}
en: {key} {n}, measured {n2} or {n3} or {n4}
nl: {key} {n}, gemeten {n2} of {n3} of {n4}
en: temperature
nl: temperatuur
en: disk
nl: schijf
en: a further class: {key}
nl: nog een klasse: {key}
en: outbox {n} where next to nothing waits
nl: wachtrij {n} terwijl er bijna niets wacht
en: a link that is gone, where the connection never ended
nl: een verbinding die weg heet te zijn, terwijl zij nooit is geëindigd
en: {n} reports, temperature and disk measured anew, outbox and link as they were
nl: {n} rapporten, temperatuur en schijf opnieuw gemeten, wachtrij en verbinding zoals ze waren
en: its key is not ours to read: {error}; run the audit as root
nl: zijn sleutel mogen wij niet lezen: {error}; draai de audit als root
en: {n} entries written and signed anew with its key
nl: {n} regels opnieuw geschreven en met zijn sleutel ondertekend
en: the same bytes
nl: dezelfde bytes
en: {n} are other bytes, entry {n2} first: not in their one form
nl: {n} zijn andere bytes, regel {n2} als eerste: niet in hun enige vorm

# masks, and before it is let
en: sensors beside the box: its program, its model, its settings, on a street drawn for this
nl: sensoren naast het kastje: zijn programma, zijn model, zijn instellingen, op een straat die
    hiervoor is getekend
en: one person walks {n} s across a line and through a zone, all of it masked
nl: één persoon loopt {n} s over een lijn en door een zone, alles achter een masker
en: counted 0 times in {n} windows; without the mask {n2}
nl: 0 keer geteld in {n} tijdvakken; zonder masker {n2} keer
en: counted {n} times behind the mask: it was not painted before the model looked
nl: {n} keer geteld achter het masker: het vlak was niet overgeschilderd voordat het model keek
en: the film did not end in time
nl: de film was niet op tijd afgelopen
en: without the mask nobody was counted either
nl: zonder masker is ook niemand geteld
en: before it was measured and told to begin it had read {n} bytes of the film, where opening it
    takes {n2} at most, and written {n3}
nl: voordat hij was gemeten en mocht beginnen had hij {n} bytes van de film gelezen, terwijl openen
    er hoogstens {n2} vraagt, en {n3} geschreven
en: where it reads in its file is not ours to see; run the audit as root
nl: waar hij in zijn bestand leest mogen wij niet zien; draai de audit als root
en: {n} locked sensors had read no further than opening takes, and read and wrote nothing within
    {n2} s; told to begin, they did
nl: {n} afgesloten sensoren hadden niet meer gelezen dan voor openen nodig is, en lazen en schreven
    niets binnen {n2} s; toen ze mochten beginnen wel
en: it took a record before it was measured and told to begin
nl: hij nam een record aan voordat hij was gemeten en mocht beginnen
en: told to begin, it took no record in time
nl: toen hij mocht beginnen, nam hij niet op tijd een record aan
en: a record waited {n} s at a locked gate; told to begin, it took it
nl: een record wachtte {n} s bij een afgesloten gate; toen die mocht beginnen nam hij het aan

# the supervisor
en: the box's own supervisor, run beside it with processes of the audit's in place of its own
nl: de eigen supervisor van het kastje, ernaast gedraaid met processen van de audit in plaats van
    zijn eigen processen
en: {n} boxes one of whose processes was not locked in as it should be
nl: {n} kastjes waarvan één proces niet was afgesloten zoals het hoort
en: not seen without root
nl: zonder root niet te zien
en: another filter
nl: een ander filter
en: each refused, the box ended and said so; the same locked in well was let begin
nl: elk geweigerd, het kastje stopte en zei waarom; dezelfde processen, goed afgesloten, mochten
    beginnen
en: the supervisor is blind or does not act
nl: de supervisor ziet het niet of doet er niets aan
en: it let {process} begin
nl: hij liet {process} beginnen
en: of the control, which is locked in as it should be, it let {n} of 3 begin: {error}; the machine
    may be too busy
nl: van de controle, die is afgesloten zoals het hoort, liet hij er {n} van 3 beginnen: {error}; de
    machine heeft het misschien te druk
en: with {process} it had not decided in time; the machine may be too busy
nl: bij {process} had hij niet op tijd beslist; de machine heeft het misschien te druk
en: a {role} with no filter
nl: een {role} zonder filter
en: a {role} with first filter only
nl: een {role} met alleen het eerste filter
en: a {role} with another filter
nl: een {role} met een ander filter
en: a {role} with one thread only
nl: een {role} waarvan maar één thread is afgesloten
en: a {role} with dumpable
nl: een {role} waarvan een geheugenafdruk mag worden gemaakt
en: a {role} with unlimited
nl: een {role} zonder grenzen
en: a {role} with shared memory
nl: een {role} met gedeeld geheugen
"""
