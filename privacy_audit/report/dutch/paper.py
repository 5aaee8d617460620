# SPDX-License-Identifier: Apache-2.0
"""Dutch: what the report itself says, around what was found."""

PHRASES = """
# headings
en: Audit of a people-counting box
nl: Audit van een kastje dat mensen telt
en: In short
nl: In het kort
en: The config that was audited
nl: De configuratie die is bekeken
en: What holds the wall
nl: Wat de muur overeind houdt
en: How to read this
nl: Hoe u dit leest
en: What this does not prove
nl: Wat dit niet aantoont
en: What exactly was audited
nl: Wat er precies is bekeken
en: What could not be proven
nl: Wat niet kon worden aangetoond
en: The box refused to start
nl: Het kastje weigerde te starten
en: The box did not start
nl: Het kastje startte niet
en: Signature
nl: Handtekening
en: Audit of {quote} UTC
nl: Audit van {quote} UTC

# outcome
en: The question: can a picture, or anything that tells of one person, get out of this box? This
    report says what was tried to get something out, against what, and what a witness outside the
    box saw.
nl: De vraag: kan een beeld, of iets dat over één persoon vertelt, uit dit kastje komen? Dit verslag
    zegt wat er is geprobeerd om iets naar buiten te krijgen, waartegen, en wat een getuige buiten
    het kastje zag.
en: Did not hold: {mechanisms}. This box must not run until that is mended.
nl: Hield geen stand: {mechanisms}. Dit kastje mag niet draaien totdat dat is hersteld.
en: Nothing was seen to fail. What could not be proven ({n}) is listed above the signature.
nl: Er is niets gezien dat faalde. Wat niet kon worden aangetoond ({n}) staat boven de handtekening.
en: Nothing was seen to fail, and nothing that was looked for was left unproven.
nl: Er is niets gezien dat faalde, en alles waarnaar is gekeken is aangetoond.
en: Level network-camera: the pictures of this box cross a cable that it does not guard. Whoever
    holds the camera or the cable can see them, whatever this audit says of the box itself.
nl: Niveau network-camera: de beelden van dit kastje gaan over een kabel die het niet bewaakt. Wie
    de camera of de kabel in handen heeft kan ze zien, wat deze audit ook over het kastje zelf zegt.
en: The camera of this config is reached over a network. It was replaced by a drawn street, so the
    process that fetches its pictures and its firewall were not looked at, and the level is not that
    of the street's own box. Audit that box where it runs.
nl: De camera van deze configuratie hangt aan een netwerk. Zij is vervangen door een getekende
    straat. Daarom zijn het proces dat haar beelden ophaalt en zijn firewall niet bekeken, en is het
    niveau niet dat van het kastje in de straat. Bekijk dat kastje waar het draait.
en: No config was named, so the box that was looked at is the audit's own: this is not a paper to
    sign for a street. Name the street's config: edge-agent audit CONFIG.
nl: Er is geen configuratie genoemd, dus is een kastje van de audit zelf bekeken: dit is geen stuk
    om voor een straat te ondertekenen. Noem de configuratie van de straat: edge-agent audit CONFIG.
en: Only a whole audit is a paper to sign; this one is not.
nl: Alleen een volledige audit is een stuk om te ondertekenen; deze is niet volledig.
en: This is not a whole audit: only these parts were run: {parts}.
nl: Dit is geen volledige audit: alleen deze delen zijn gedaan: {parts}.

# in short
en: The box
nl: Het kastje
en: Confinement level
nl: Niveau van afsluiting
en: Ways out
nl: Wegen naar buiten
en: Ledger
nl: Logboek
en: Most that could leave
nl: Wat er hoogstens uit kan
en: Run
nl: Gedaan
en: Serial number
nl: Volgnummer
en: not looked at
nl: niet bekeken
en: not tried
nl: niet geprobeerd
en: standard, as measured from outside: own users, own namespaces, own views of the files, filters
    on every thread
nl: standard, van buitenaf gemeten: eigen gebruikers, eigen namespaces, eigen zicht op de bestanden,
    filters op elke thread
en: network-camera, as measured from outside: like standard, but pictures cross a cable that nobody
    guards
nl: network-camera, van buitenaf gemeten: als standard, maar beelden gaan over een kabel die niemand
    bewaakt
en: process, as measured from outside: filters on every thread, but no users, namespaces and views
    of their own
nl: process, van buitenaf gemeten: filters op elke thread, maar geen eigen gebruikers, namespaces en
    zicht op de bestanden
en: unconfined: at least one process is not locked in
nl: unconfined: minstens één proces is niet afgesloten
en: complete: what left the box is exactly what it wrote down, and the centre holds exactly that
nl: volledig: wat het kastje verliet is precies wat het heeft opgeschreven, en de centrale heeft
    precies dat
en: unproven: {detail}
nl: niet aangetoond: {detail}
en: {n} tried in {n1} classes, {n2} refused; {n3} of the same attempts did succeed where nothing was
    locked in
nl: {n} geprobeerd in {n1} soorten, {n2} geweigerd; {n3} van dezelfde pogingen lukten waar niets was
    afgesloten
en: was running already, and was looked at while it worked
nl: draaide al, en is bekeken terwijl het werkte
en: started for this audit with the same programs, a broker, a centre and a drawn street instead of
    a camera
nl: voor deze audit gestart met dezelfde programma's, een broker, een centrale en een getekende
    straat in plaats van een camera
en: {how}; its windows of {n} s keep the audit short, longer ones let out less
nl: {how}; zijn tijdvakken van {n} s houden de audit kort, langere laten minder door
en: in {n} s, {how}; {n1} programs at work on average on {n2} processors
nl: in {n} s, {how}; gemiddeld {n1} programma's aan het werk op {n2} processoren
en: as root
nl: als root
en: without root: not everything can be proven
nl: zonder root: niet alles is aan te tonen

# config
en: Config file
nl: Configuratiebestand
en: SHA-256 of the file
nl: SHA-256 van het bestand
en: Config hash, as in its reports
nl: Hash van de configuratie, zoals in zijn rapporten
en: Site and device
nl: Plaats en kastje
en: Test site
nl: Proefopstelling
en: yes
nl: ja
en: no
nl: nee
en: Setting
nl: Instelling
en: In the config
nl: In de configuratie
en: For the audit
nl: Voor de audit
en: The box of this config was running, and nothing of it was replaced.
nl: Het kastje van deze configuratie draaide, en er is niets aan vervangen.
en: The box was started for this audit from the config named above. What follows is every setting
    that it had otherwise: its camera was a drawn street, its broker, centre, keys and store were
    the audit's own. All else was as the config says.
nl: Het kastje is voor deze audit gestart met de configuratie hierboven. Hieronder staat elke
    instelling die anders was: de camera was een getekende straat, en broker, centrale, sleutels en
    opslag waren van de audit zelf. Al het andere was zoals de configuratie zegt.

# tables
en: Mechanism
nl: Middel
en: What it is for
nl: Waar het voor is
en: Verdict
nl: Oordeel
en: What
nl: Wat
en: Tried
nl: Geprobeerd
en: Refused
nl: Geweigerd
en: Controls
nl: Controle
en: What was seen
nl: Wat er te zien was
en: Part
nl: Deel
en: Why not
nl: Waarom niet
en: Expected
nl: Verwacht

# how to read
en: Seen on the running process that does the work, or by known input and output of the real
    program.
nl: Gezien aan het draaiende proces dat het werk doet, of aan bekende invoer en uitvoer van het
    echte programma.
en: Seen on a second copy, started and locked in the same way, because the attempt would have harmed
    the first. Where it is a process, its filters are compared with those of the running one,
    instruction by instruction.
nl: Gezien aan een tweede exemplaar, net zo gestart en afgesloten, omdat de poging het eerste zou
    hebben geschaad. Is het een proces, dan zijn zijn filters instructie voor instructie vergeleken
    met die van het draaiende proces.
en: Shows what this audit cannot see. It is no success and no fault of the box.
nl: Laat zien wat deze audit niet kan zien. Het is geen succes en geen fout van het kastje.
en: Could not be looked at; the reason is given. It is neither a success nor a failure.
nl: Kon niet worden bekeken; de reden staat erbij. Het is geen succes en geen mislukking.
en: Was seen not to hold. The mechanism named must be mended before the box may run.
nl: Er is gezien dat het niet hield. Het genoemde middel moet worden hersteld voordat het kastje mag
    draaien.
en: Tried: attempts to get something out, each by another way through the kernel. Refused: those of
    which an outside witness saw nothing. Controls: the same attempts by a program that is not
    locked in, where the same witness did see them succeed; a refusal without one would prove
    little.
nl: Geprobeerd: pogingen om iets naar buiten te krijgen, elk langs een andere weg door de kernel.
    Geweigerd: de pogingen waarvan een getuige buiten niets zag. Controle: dezelfde pogingen door
    een programma dat niet is afgesloten, waarvan dezelfde getuige zag dat ze lukten. Zonder
    controle zou een weigering weinig aantonen.
en: Expected is what the documents name beforehand: without root, on a busy machine, or where this
    machine has no such thing. Anything else must be looked into before the box may run.
nl: Verwacht is wat de documenten vooraf noemen: zonder root, op een drukke machine, of als deze
    machine zoiets niet heeft. Al het andere moet worden uitgezocht voordat het kastje mag draaien.
en: Nothing of what this audit looks for was left unproven.
nl: Alles waar deze audit naar kijkt is aangetoond.
en: Hashes are SHA-256. Compare them with those of a copy that you got by another way: this report
    was written by the software that it is about. The hash of the code is over edge_agent and
    wire_contract: for each .py file, in order of their paths, the path, a zero byte, and the hash
    of the file. That of this audit's own code is made likewise over privacy_audit.
nl: Hashes zijn SHA-256. Vergelijk ze met die van een kopie die u langs een andere weg hebt
    gekregen: dit verslag is geschreven door de software waar het over gaat. De hash van de code
    gaat over edge_agent en wire_contract: voor elk .py-bestand, op volgorde van hun pad, het pad,
    een nulbyte, en de hash van het bestand. Die van de code van deze audit zelf is net zo gemaakt
    over privacy_audit.

# what was audited
en: kernel
nl: kernel
en: system
nl: systeem
en: code
nl: code
en: code of this audit
nl: code van deze audit
en: config
nl: configuratie
en: config file
nl: configuratiebestand
en: model {quote}
nl: model {quote}
en: model as its card says
nl: model zoals op zijn kaart
en: not found
nl: niet gevonden
en: cannot be read: {error}
nl: niet te lezen: {error}

# signature
en: I have read this report, with what it does not prove and what could not be proven ({n}).
    Mechanisms that did not hold: {mechanisms}. Report {quote}, config {quote2}.
nl: Ik heb dit verslag gelezen, met wat het niet aantoont en wat niet kon worden aangetoond ({n}).
    Middelen die geen stand hielden: {mechanisms}. Verslag {quote}, configuratie {quote2}.
en: none
nl: geen
en: Name
nl: Naam
en: Function
nl: Functie
en: Place and date
nl: Plaats en datum
en: page {n} of {n1}
nl: bladzijde {n} van {n1}
"""
