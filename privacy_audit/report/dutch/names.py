# SPDX-License-Identifier: Apache-2.0
"""Dutch: the names of parts, mechanisms, verdicts and findings.

What is the same word in Dutch stands here too, as itself.
"""

PHRASES = """
# verdicts
en: proven
nl: aangetoond
en: proven on a twin only
nl: alleen op een tweeling aangetoond
en: limit
nl: grens van de audit
en: unproven
nl: niet aangetoond
en: fell
nl: hield geen stand
en: fell: {mechanism}
nl: hield geen stand: {mechanism}

# parts
en: start
nl: start
en: report
nl: verslag
en: processes
nl: processen
en: exit classes
nl: wegen naar buiten
en: system calls
nl: systeemaanroepen
en: telemetry
nl: telemetrie
en: capacity
nl: capaciteit
en: flood
nl: overstroming
en: at rest
nl: achtergebleven beelden
en: guessing
nl: raden
en: trail
nl: spoor van berichten
en: broker rights
nl: rechten bij de broker
en: trojan
nl: trojaans model

# mechanisms
en: seccomp
nl: seccomp
en: TSYNC
nl: TSYNC
en: uid
nl: uid
en: namespaces
nl: namespaces
en: mount view
nl: zicht op bestanden
en: dumpable
nl: geheugenafdruk
en: rlimits
nl: rlimits
en: descriptors
nl: descriptors
en: firewall
nl: firewall
en: gate schema
nl: vorm van de records
en: noise key
nl: sleutel van de ruis
en: ledger entry
nl: regel in het logboek
en: ACL
nl: ACL
en: cap
nl: grens
en: pictures at rest
nl: achtergebleven beelden

# processes
en: user
nl: gebruiker
en: seccomp filters
nl: seccomp-filters
en: every thread
nl: elke thread
en: view of the files
nl: zicht op de bestanden
en: memory closed to others
nl: geheugen dicht voor anderen
en: limits
nl: grenzen
en: what it holds open
nl: wat het open heeft
en: what the list of processes shows
nl: wat de lijst van processen laat zien
en: its only peer
nl: met wie het verbonden is
en: what it has given up
nl: wat het heeft opgegeven
en: supervisor
nl: supervisor
en: sensor
nl: sensor
en: gate
nl: gate
en: uplink
nl: uplink
en: feeder
nl: feeder
en: {role}, as it runs
nl: {role}, zoals het draait
en: {role} on {quote}
nl: {role} op {quote}
en: all of it
nl: alles
en: process views of other users
nl: wat andere gebruikers van processen zien

# exits
en: the twin is the sensor
nl: de tweeling is de sensor
en: sockets
nl: sockets
en: DNS
nl: DNS
en: connect
nl: verbinden
en: files and /proc
nl: bestanden en /proc
en: shared memory
nl: gedeeld geheugen
en: exec
nl: exec
en: ptrace and vm access
nl: ptrace en toegang tot geheugen
en: io_uring
nl: io_uring
en: descriptor passing
nl: descriptors doorgeven
en: splice
nl: splice
en: the channel
nl: het kanaal
en: other architectures' calls
nl: aanroepen van andere architecturen
en: calls younger than the tables
nl: aanroepen jonger dan de tabellen
en: threads older than the lock
nl: threads ouder dan het slot
en: new threads and processes
nl: nieuwe threads en processen
en: signals and timers
nl: signalen en timers
en: keyrings
nl: sleutelringen
en: another user
nl: een andere gebruiker
en: kernel interfaces
nl: ingangen van de kernel
en: resource tricks
nl: trucs met hulpbronnen
en: mappings, descriptors and calls before the lock
nl: geheugendelen, descriptors en aanroepen vóór het slot

# others
en: a build that reports
nl: een uitgave die meldt
en: the box's own build
nl: de eigen uitgave van het kastje
en: the bound
nl: de bovengrens
en: what the reader takes
nl: wat de lezer aanneemt
en: a box above its cap
nl: een kastje boven zijn grens
en: a gate above its cap
nl: een gate boven zijn grens
en: filters of the gate
nl: filters van de gate
en: mutated records
nl: veranderde records
en: throughput of a lying sensor
nl: hoeveel een liegende sensor doorkrijgt
en: pictures
nl: beelden
en: the sensor's memory
nl: het geheugen van de sensor
en: the marker was shown
nl: het merkteken is getoond
en: files that the box can write
nl: bestanden waar het kastje in kan schrijven
en: shared memory and folders for all
nl: gedeeld geheugen en mappen voor iedereen
en: files that are open and deleted
nl: bestanden die open en gewist zijn
en: what reached the broker
nl: wat de broker bereikte
en: core files
nl: geheugenafdrukken
en: logs in files
nl: logs in bestanden
en: the kernel's log
nl: het log van de kernel
en: the journal
nl: het journal
en: swap and zram
nl: swap en zram
en: one crossing in a night
nl: één keer over een lijn in een nacht
en: all numbers of a passage of {n} s
nl: alle getallen van een doorgang van {n} s
en: all numbers of eight hours in a zone
nl: alle getallen van acht uur in een zone
en: one stay of one window in a night
nl: één verblijf van één tijdvak in een nacht
en: side fields
nl: velden naast de tellingen
en: the code unfamiliar
nl: de code onbekend
en: intervals
nl: intervallen
en: time of release
nl: moment van vrijgeven
en: a slot released again
nl: een tijdvak opnieuw vrijgegeven
en: noise and its key
nl: de ruis en haar sleutel
en: noise of known counts
nl: ruis van bekende tellingen
en: noise of the running box
nl: ruis van het draaiende kastje
en: ledger and broker
nl: logboek en broker
en: ledger and centre
nl: logboek en centrale
en: bytes of the connection
nl: bytes van de verbinding
en: bytes of the uplink's user
nl: bytes van de gebruiker van de uplink
en: speaking for another box
nl: spreken voor een ander kastje
en: a last will for another box
nl: een laatste bericht namens een ander kastje
en: hearing another box
nl: een ander kastje afluisteren
en: taking another's session
nl: de sessie van een ander overnemen
en: names with wildcards
nl: namen met jokertekens
en: a packet over the limit
nl: een te groot pakket
en: coming in
nl: binnenkomen
en: a model with a trojan
nl: een model met een trojaans paard
en: the box that systemd runs
nl: het kastje dat systemd draait
en: the report as a PDF
nl: het verslag als pdf

# subjects
en: the running production process
nl: het draaiende proces dat het werk doet
en: the production lock, in processes of its own
nl: het slot zoals het gebruikt wordt, in eigen processen
en: a twin of the running sensor: its place, libraries, model and filters
nl: een tweeling van de draaiende sensor: zijn plek, bibliotheken, model en filters
en: a twin beside the running production process
nl: een tweeling naast het draaiende proces
en: the programs that the tables compile to
nl: de programma's die uit de tabellen volgen
en: the inference library, run beside the box in the sensor's place
nl: de bibliotheek van het model, gedraaid naast het kastje op de plek van de sensor
en: the gate's reader, run here
nl: de lezer van de gate, hier gedraaid
en: edge-agent run, the same config
nl: edge-agent run, met dezelfde configuratie
en: the gate's own program
nl: het eigen programma van de gate
en: the gate's own program, started alone
nl: het eigen programma van de gate, alleen gestart
en: a gate beside the box: its programs, its lines and zones, its user and view
nl: een gate naast het kastje: zijn programma's, zijn lijnen en zones, zijn gebruiker en zicht
en: a gate beside the box
nl: een gate naast het kastje
en: the running box
nl: het draaiende kastje
en: the sensor's own judge, in the audit
nl: het oordeel van de sensor zelf, in de audit
en: the box's own disclosure code, in the audit
nl: de code van het kastje die vrijgeeft, in de audit
en: the running gate
nl: de draaiende gate
en: the running box, the broker's capture and the centre
nl: het draaiende kastje, wat bij de broker is opgevangen, en de centrale
en: a broker started with the shipped settings and access list
nl: een broker met de meegeleverde instellingen en toegangslijst
en: a sensor and a gate beside the box, with a model made for this
nl: een sensor en een gate naast het kastje, met een model dat hiervoor is gemaakt
en: this installation
nl: deze installatie
en: a box that did not start
nl: een kastje dat niet startte
"""
