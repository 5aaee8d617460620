# SPDX-License-Identifier: Apache-2.0
"""Dutch: what is found of the running processes, of the system calls and of the libraries."""

PHRASES = """
# as root
en: {what}; run the audit as root
nl: {what}; draai de audit als root
en: {what}: run the audit as root
nl: {what}: draai de audit als root
en: {what}; run the audit as root, on a kernel with CONFIG_CHECKPOINT_RESTORE
nl: {what}; draai de audit als root, op een kernel met CONFIG_CHECKPOINT_RESTORE
en: {quote}: not ours to see; run the audit as root
nl: {quote}: mogen wij niet zien; draai de audit als root
en: the kernel: not ours to see; run the audit as root
nl: de kernel: mogen wij niet zien; draai de audit als root

# processes
en: user {quote}, groups {groups}, no capability
nl: gebruiker {quote}, groepen {groups}, geen bijzonder recht
en: the box was not started as root, so its processes share the user that started it
nl: het kastje is niet als root gestart, dus zijn processen zijn van de gebruiker die het startte
en: runs as user {quote}, wanted one of its own
nl: draait als gebruiker {quote}; het hoort een eigen gebruiker te zijn
en: runs as group {quote}, wanted one of its own
nl: draait als groep {quote}; het hoort een eigen groep te zijn
en: has capabilities in {quote}
nl: heeft bijzondere rechten in {quote}
en: is also in group {quote}
nl: zit ook in groep {quote}
en: may gain privileges by starting a program
nl: kan rechten krijgen door een programma te starten
en: has {n} seccomp filters in mode {n1}, wanted {n2} in mode 2
nl: heeft {n} seccomp-filters in stand {n1}; het horen er {n2} in stand 2 te zijn
en: {n} filters counted; this kernel or user does not show their programs
nl: {n} filters geteld; deze kernel of gebruiker laat hun programma's niet zien
en: the kernel handed out {n} programs, one of them empty
nl: de kernel gaf {n} programma's, waarvan er een leeg is
en: filters of {lengths} instructions, dumped from the kernel
nl: filters van {lengths} instructies, uit de kernel gehaald
en: has no seccomp filter: it may do whatever root may
nl: heeft geen seccomp-filter: het mag alles wat root mag
en: its filters could not be read
nl: zijn filters waren niet te lezen
en: its filters cannot be read or run: {error}
nl: zijn filters zijn niet te lezen of te draaien: {error}
en: may call {quote}
nl: mag {quote} aanroepen
en: {n} calls end it, and whatever it starts, on {n1} thread(s)
nl: {n} aanroepen beëindigen het proces, en alles wat het start, op {n1} thread(s)
en: {n} of {n1} threads have other filters than the first
nl: {n} van {n1} threads hebben andere filters dan de eerste
en: the programs of {n} threads differ from those of the first
nl: de programma's van {n} threads verschillen van die van de eerste
en: {n} thread, {how}
nl: {n} thread, {how}
en: {n} threads, {how}
nl: {n} threads, {how}
en: the same programs byte for byte
nl: byte voor byte dezelfde programma's
en: the same number of filters, programs not shown to us
nl: evenveel filters; de programma's krijgen wij niet te zien
en: the box was not started as root, so the kernel gives it no namespaces of its own
nl: het kastje is niet als root gestart, dus de kernel geeft het geen eigen namespaces
en: shares the {quote} namespace with another process
nl: deelt de namespace {quote} met een ander proces
en: sees the network interfaces {quote}, wanted none but its own loopback
nl: ziet de netwerkkaarten {quote}; het hoort alleen zijn eigen loopback te zien
en: is not the first of its own process numbers
nl: is niet het eerste van zijn eigen procesnummers
en: own {quote}; network interfaces: {quote2}
nl: eigen {quote}; netwerkkaarten: {quote2}
en: the box was not started as root, so it sees the machine's files as its user does
nl: het kastje is niet als root gestart, dus het ziet de bestanden van de machine zoals zijn
    gebruiker
en: may write to {quote}
nl: mag schrijven in {quote}
en: sees {quote}
nl: ziet {quote}
en: sees the device {quote}
nl: ziet het apparaat {quote}
en: sees a file that anyone may read, which no process of the box should see
nl: ziet een bestand dat iedereen mag lezen, en dat geen proces van het kastje hoort te zien
en: {n} mounts, writable: {writable}; {n1} places of others not in its view
nl: {n} koppelpunten, schrijfbaar: {writable}; {n1} plekken van anderen zijn niet te zien
en: the process is root, of which the kernel does not show it
nl: het proces is root, en daarvan laat de kernel het niet zien
en: may be dumped, and read by its own user
nl: er kan een geheugenafdruk van worden gemaakt, en zijn eigen gebruiker kan het lezen
en: its /proc files belong to root, as those of a process that must not be dumped
nl: zijn bestanden in /proc zijn van root, zoals bij een proces waarvan geen geheugenafdruk mag
    worden gemaakt
en: another process of user {quote} can look into its memory
nl: een ander proces van gebruiker {quote} kan in zijn geheugen kijken
en: its /proc files belong to root; another process of user {quote} can look into one of its own
    kind, not into this one
nl: zijn bestanden in /proc zijn van root; een ander proces van gebruiker {quote} kan in een gelijk
    proces kijken, maar niet in dit
en: max core file size {n}
nl: grootste geheugenafdruk {n}
en: max processes {n}
nl: meeste processen {n}
en: max msgqueue size {n}
nl: grootste berichtenrij {n}
en: max file size {n}
nl: grootste bestand {n}
en: max open files {n}
nl: meeste open bestanden {n}
en: max {what} is {quote} and at most {quote2}, wanted {quote3}
nl: max {what} is {quote}, hoogstens {quote2}; hoort {quote3}
en: core file size
nl: geheugenafdruk
en: msgqueue size
nl: berichtenrij
en: file size
nl: bestandsgrootte
en: open files
nl: open bestanden
en: holds descriptor {n}: {quote}
nl: heeft descriptor {n} open: {quote}
en: shares writable memory: {quote}
nl: deelt schrijfbaar geheugen: {quote}
en: {n} descriptors, {n1} shared writable mappings, all of them its own
nl: {n} descriptors, {n1} gedeelde schrijfbare geheugendelen, alle van zichzelf
en: only root sees its connection, and can knock as its user
nl: alleen root ziet de verbinding, en kan als die gebruiker aankloppen
en: the audit stands in another network than the box; run it where the box runs
nl: de audit staat in een ander netwerk dan het kastje; draai haar waar het kastje draait
en: is connected to {quote} port {n}
nl: is verbonden met {quote} poort {n}
en: holds {n} connections, wanted the one to its camera
nl: heeft {n} verbindingen; het hoort alleen die met zijn camera te zijn
en: its user reaches a port of this machine over {quote}
nl: zijn gebruiker bereikt een poort van deze machine over {quote}
en: the control was not heard either: something else refuses it
nl: de controleproef werd ook niet gehoord: iets anders weigert
en: connected to {quote} port {n} and to nobody else; its user is not heard on this machine,
    another is
nl: verbonden met {quote} poort {n} en met niemand anders; zijn gebruiker wordt op deze machine
    niet gehoord, een andere wel
en: the process was not running when the audit looked
nl: het proces draaide niet toen de audit keek
en: a process of the box ended while the audit looked
nl: een proces van het kastje eindigde terwijl de audit keek
en: it was begun anew after the audit dumped its filters from the kernel; run it again
nl: het is opnieuw begonnen nadat de audit zijn filters uit de kernel haalde; voer de audit
    opnieuw uit

en: this kernel lets no process empty its arguments (CONFIG_CHECKPOINT_RESTORE)
nl: deze kernel laat geen proces zijn argumenten leegmaken (CONFIG_CHECKPOINT_RESTORE)
en: a thread is called {quote}, wanted {quote2}
nl: een thread heet {quote}; hij hoort {quote2} te heten
en: shows {n} bytes as its arguments to any user
nl: laat elke gebruiker {n} bytes als zijn argumenten zien
en: shows {n} bytes as its environment
nl: laat {n} bytes als zijn omgeving zien
en: the bounds of its arguments or environment are not empty: what it lays there shows
nl: de grenzen van zijn argumenten of omgeving zijn niet leeg: wat het daar neerlegt is te zien
en: {n} threads called {quote}; arguments and environment read empty
nl: {n} threads heten {quote}; argumenten en omgeving zijn leeg
en: lets the kernel merge its memory with equal memory of others: {quote}
nl: laat de kernel zijn geheugen samenvoegen met gelijk geheugen van anderen: {quote}

# calls
en: {n} calls decided, each number to {n1} and odd ones, also of other architectures: as it must be
nl: over {n} aanroepen beslist, elk nummer tot {n1} en vreemde nummers, ook van andere
    architecturen: zoals het moet
en: {faults}; and {n} more
nl: {faults}; en nog {n}
en: a thread has {n} filters, wanted {n1}
nl: een thread heeft {n} filters; het horen er {n1} te zijn
en: {quote}: is allowed, which this process must not do
nl: {quote}: is toegestaan, en dat mag dit proces niet
en: {quote}: is allowed, which this process must not do with such arguments
nl: {quote}: is toegestaan, en dat mag dit proces niet met zulke argumenten
en: {quote}: does not end the process
nl: {quote}: beëindigt het proces niet
en: {quote}: is decided otherwise than the box's own table says
nl: {quote}: wordt anders beslist dan de tabel van het kastje zegt
en: architecture {quote}, number {quote2}: not killed
nl: architectuur {quote}, nummer {quote2}: niet beëindigd
en: a filter cannot be run: {error}
nl: een filter is niet te draaien: {error}
en: may read descriptor {n}, which leads to nothing that is open
nl: mag descriptor {n} lezen, die nergens heen leidt wat open is
en: may read descriptor {n}, which leads to {quote}
nl: mag descriptor {n} lezen, die naar {quote} leidt

# libraries
en: the builds must not reach a network, and only root can give them an empty one
nl: de uitgaven mogen geen netwerk bereiken, en alleen root kan hun een leeg netwerk geven
en: {quote} holds no onnxruntime of 1.29 or later; run: {quote2}
nl: {quote} bevat geen onnxruntime 1.29 of nieuwer; draai: {quote2}
en: {quote} is missing here; without it such a build starts a program and dies of that
nl: {quote} ontbreekt hier; zonder dat start zo'n uitgave een programma en eindigt daarop
en: it had a socket behind the lock
nl: het had een socket achter het slot
en: free, it left no file and made no socket within {n} s: nothing to be stopped
nl: vrij liet het binnen {n} s geen bestand achter en maakte het geen socket: er viel niets tegen
    te houden
en: behind the lock it ended with {quote}, wanted it killed at a call
nl: achter het slot eindigde het met {quote}; het had bij een aanroep beëindigd moeten worden
en: killed, but with the call for a socket refused it ended too, with {quote}
nl: beëindigd, maar ook als de aanroep om een socket alleen werd geweigerd eindigde het, met
    {quote}
en: killed at a socket {n} s after its start; with that call refused it lives; free, it left {n1}
    files: {quote}
nl: {n} s na de start beëindigd bij een socket; als die aanroep alleen wordt geweigerd leeft het;
    vrij liet het {n1} bestanden achter: {quote}
en: behind the lock it had not come to its first socket when the wait was over
nl: achter het slot was het nog niet aan zijn eerste socket toe toen het kijken ophield
en: it had not loaded the model when the wait was over
nl: het had het model nog niet geladen toen het kijken ophield
en: it did not load the model: {error}
nl: het laadde het model niet: {error}
en: it makes {quote}
nl: het maakt {quote}
en: behind the lock it ended with {quote}: it tries what no sensor does
nl: achter het slot eindigde het met {quote}: het probeert wat geen sensor doet
en: onnxruntime {quote} without the switch: no file, no socket, not killed
nl: onnxruntime {quote} zonder de schakelaar: geen bestand, geen socket, niet beëindigd

# what the running sensor has loaded
en: its memory map is not ours to read: {error}; run the audit as root
nl: het overzicht van zijn geheugen mogen wij niet lezen: {error}; draai de audit als root
en: {n} libraries, onnxruntime {versions}
nl: {n} bibliotheken, onnxruntime {versions}
en: of no stated version
nl: zonder vermelde versie
en: telemetry-capable: {file} holds {mark}
nl: kan iets aan zijn maker melden: {file} bevat {mark}
en: telemetry-capable by its version, wanted one below 1.29
nl: kan naar zijn versie iets aan zijn maker melden; het hoort een versie onder 1.29 te zijn
en: the inference library is not among them
nl: de bibliotheek die het model draait is er niet bij
en: none can report to its maker, by what it holds
nl: geen ervan kan iets aan zijn maker melden, te zien aan wat erin staat

# arguments
en: a futex that others reach: they hear its wake and learn of its wait
nl: een futex die anderen bereiken: zij horen het wekken en merken het wachten
en: clocks of other processes and of devices
nl: klokken van andere processen en van apparaten
en: clocks of other processes
nl: klokken van andere processen
en: a signal mask, which the list of processes shows
nl: een signaalmasker, dat de lijst van processen laat zien
en: handled signals, which the list of processes shows
nl: afgehandelde signalen, die de lijst van processen laat zien
en: memory laid over other memory
nl: geheugen over ander geheugen heen gelegd
en: memory that can be run, or a stack that grows
nl: geheugen dat kan worden uitgevoerd, of een stapel die groeit
en: pages that others have too: dropped, fetched, merged
nl: geheugenpagina's die anderen ook hebben: weggedaan, opgehaald, samengevoegd
en: whether others have a page in memory
nl: of anderen een pagina in het geheugen hebben
en: memory that others share, or pages of files
nl: geheugen dat anderen delen, of pagina's van bestanden
en: locks, leases, owners, notices and flags that others see
nl: sloten, leningen, eigenaars, berichten en vlaggen die anderen zien
en: the name and the arguments that the list of processes shows
nl: de naam en de argumenten die de lijst van processen laat zien
en: the wait for the machine's entropy
nl: het wachten op toeval van de machine
en: an exit code of its choosing
nl: een exitcode naar keuze
en: another request, or one on what others share
nl: een andere vraag, of een vraag over wat anderen delen
en: whether a page is in memory
nl: of een pagina in het geheugen is
en: another family or protocol
nl: een andere familie of een ander protocol
en: filters, marks and groups of sockets
nl: filters, merken en groepen van sockets
en: who its peer is
nl: wie de andere kant is
en: nameless files, and signals from files
nl: bestanden zonder naam, en signalen van bestanden
en: holes in files
nl: gaten in bestanden
en: clocks of devices
nl: klokken van apparaten
en: {quote}: is allowed, which this process must not do: {opens}
nl: {quote}: is toegestaan, en dat mag dit proces niet: {opens}
en: {quote}: is allowed, which this process must not do with such arguments: {opens}
nl: {quote}: is toegestaan, en dat mag dit proces niet met zulke argumenten: {opens}
en: no set-up is open
nl: er staat geen instelling open
en: every process of this machine
nl: elk proces van deze machine
en: a set-up is open: {quote}
nl: er staat een instelling open: {quote}
"""
