# SPDX-License-Identifier: Apache-2.0
"""Dutch: capacity, records, noise, messages, rights at the broker, and pictures left behind."""

PHRASES = """
# capacity
en: {n} bits a window from the sensor, {n1} of health, {n2} bits a minute
nl: {n} bits per tijdvak van de sensor, {n1} van de toestand, {n2} bits per minuut
en: {figures} by the config; what the box told of it is not ours to hear, for it was started before
    the audit
nl: {figures} volgens de configuratie; wat het kastje ervan zei kunnen wij niet horen, want het is
    vóór de audit gestart
en: printed
nl: afgedrukt
en: signed
nl: ondertekend
en: printed: {n} bits of the sensor and {n1} of health
nl: afgedrukt: {n} bits van de sensor en {n1} van de toestand
en: signed: {n} bits of the sensor and {n1} of health
nl: ondertekend: {n} bits van de sensor en {n1} van de toestand
en: it runs above its cap of {n} bits a minute
nl: het draait boven zijn grens van {n} bits per minuut
en: {figures}, as {how} by the box; its cap is {n} a minute
nl: {figures}, zoals {how} door het kastje; zijn grens is {n} per minuut
en: {field}: count_max {n} is signed, and {n1} is what the metres and the config give
nl: {field}: count_max {n} is ondertekend, en {n1} volgt uit de meters en de configuratie
en: the reader takes {faults}
nl: de lezer neemt aan: {faults}
en: {n} different {quote} records instead of {n1}
nl: {n} verschillende records van soort {quote} in plaats van {n1}
en: of {n} records of a small config {n1} are taken, as the bound counts
nl: van {n} records van een kleine configuratie worden er {n1} aangenomen, zoals de bovengrens telt
en: ends with exit code 1 and says why; no process of it was seen
nl: eindigt met exitcode 1 en zegt waarom; er is geen proces van gezien
en: it neither began nor ended in time
nl: het is niet op tijd begonnen of geëindigd
en: a gate above its cap: it neither ended nor locked itself in time
nl: een gate boven zijn grens: hij is niet op tijd geëindigd of op slot gegaan
en: did not refuse: exit code {quote}
nl: weigerde niet: exitcode {quote}
en: the gate ends by itself before it takes a record; with the cap a tenth of a bit higher it runs
nl: de gate eindigt vanzelf voordat hij een record aanneemt; met een tiende bit meer grens draait
    hij
en: the gate of a box above its cap takes records
nl: de gate van een kastje boven zijn grens neemt records aan

# beside
en: its filters are the box's
nl: zijn filters zijn die van het kastje
en: its filters are not those of the box's gate
nl: zijn filters zijn niet die van de gate van het kastje
en: whether its filters are those of the box's gate cannot be seen here: run the audit as root
nl: of zijn filters die van de gate van het kastje zijn, is hier niet te zien: draai de audit als
    root

# flood
en: {n} mutated records over {n1} slots
nl: {n} veranderde records in {n1} tijdvakken
en: 0 accepted, every good one taken
nl: 0 aangenomen, elk goed record wel
en: {what} ({n} such)
nl: {what} ({n} keer)
en: {bits} bits a slot came through in each of {n} slots, bound printed {n1}, signed {n2},
    recomputed {n3}
nl: {bits} bits per tijdvak kwamen door in elk van {n} tijdvakken; bovengrens afgedrukt {n1},
    ondertekend {n2}, nagerekend {n3}
en: a report for a slot that nobody spoke for: {quote}
nl: een rapport over een tijdvak waar niemand over sprak: {quote}
en: slot {quote} has {n} reports, wanted {n1}
nl: tijdvak {quote} heeft {n} rapporten; het horen er {n1} te zijn
en: slot {quote} released something else than what was said by the rules
nl: over tijdvak {quote} is iets anders vrijgegeven dan wat volgens de regels is gezegd
en: after {n} records the gate read no more
nl: na {n} records las de gate niet verder
en: the gate stopped reading
nl: de gate hield op met lezen
en: slot {quote} was not released in time
nl: tijdvak {quote} is niet op tijd vrijgegeven
en: not all that was said in slot {quote} was read in time
nl: niet alles wat in tijdvak {quote} is gezegd, is op tijd gelezen
en: the gate did not end with its channel
nl: de gate eindigde niet met zijn kanaal

# rest
en: the box runs on its own camera, which shows no marker: run the audit where the box does not run,
    it starts one
nl: het kastje draait op zijn eigen camera, die geen merkteken toont: draai de audit waar het kastje
    niet draait, dan start zij er een
en: cannot be read, so that nobody knows what was fed: {error}
nl: is niet te lezen, zodat niemand weet wat er getoond is: {error}
en: the marker was not met in it in time
nl: het merkteken is er niet op tijd in aangetroffen
en: it is in the sensor's memory while it is shown, where it belongs and where this search finds it
nl: het staat in het geheugen van de sensor terwijl het wordt getoond; daar hoort het en daar vindt
    dit zoeken het
en: of {n} planted markers {n1} were found again
nl: van {n} neergelegde merktekens zijn er {n1} teruggevonden
en: cannot be searched: {error}
nl: is niet te doorzoeken: {error}
en: the marker was found: {quote}
nl: het merkteken is gevonden: {quote}
en: not found in {n} things, {n1} bytes; looked for as {kinds}
nl: niet gevonden in {n} dingen, {n1} bytes; gezocht als {kinds}
en: raw rows (BGR, RGB, B, G, R, grey, Y), hex, base64, zlib, gzip, PNG, JPEG of its size
nl: ruwe rijen (BGR, RGB, B, G, R, grijs, Y), hex, base64, zlib, gzip, PNG, JPEG van zijn grootte
en: this machine has no place for them ({quote}), and the limit is 0
nl: deze machine heeft er geen plek voor ({quote}), en de grens is 0
en: {quote} is packed in a way that is not searched; look with journalctl
nl: {quote} is ingepakt op een manier die niet doorzocht wordt; kijk met journalctl
en: none has been written on this machine since the box began
nl: op deze machine is er geen geschreven sinds het kastje begon
en: nothing was heard at its broker
nl: bij zijn broker is niets gehoord
en: it cannot be read
nl: het is niet te lezen
en: this machine has no swap
nl: deze machine heeft geen swap
en: {n} bytes of swap are more than is searched
nl: {n} bytes swap is meer dan er wordt doorzocht

# guessing
en: {n} numbers: an attacker who knows all else gains {n1} over guessing, in {n2} cases (99.9 %:
    {n3} to {n4})
nl: {n} getallen: een aanvaller die al het andere weet wint {n1} vergeleken met gokken, in {n2}
    gevallen (99,9 %: {n3} tot {n4})
en: the law of the noise gives {n}
nl: de verdeling van de ruis geeft {n}
en: epsilon {n} in all allows {n1}
nl: epsilon {n} in totaal laat {n1} toe
en: {n} nights, half of them with one person: over guessing, an attacker {gains}
nl: {n} nachten, de helft met één persoon: vergeleken met gokken wint een aanvaller {gains}
en: who knows when to look gains {n} (99.9 % interval {n1} to {n2})
nl: die weet wanneer hij moet kijken {n} (99,9 %-interval {n1} tot {n2})
en: who knows the habits only gains {n} (99.9 % interval {n1} to {n2})
nl: die alleen de gewoonten kent {n} (99,9 %-interval {n1} tot {n2})
en: epsilon {n} x {n1} allows {n2}, and {n3} more would be noticed
nl: epsilon {n} x {n1} staat {n2} toe, en {n3} meer zou opvallen
en: without the noise the first gains {n}
nl: zonder de ruis wint de eerste {n}
en: the rule {quote} is not differential privacy and promises no bound
nl: de regel {quote} is geen differentiële privacy en belooft geen grens
en: {n1} hours, half of them with one person more: an attacker who knows all others is right in
    {n2} (99.9 % interval {n3} to {n4}); epsilon {n5} allows {n6}; without the noise they are right
    in {n7}
nl: {n1} uren, de helft met één persoon meer: een aanvaller die alle anderen kent heeft gelijk in
    {n2} (99,9 %-interval {n3} tot {n4}); epsilon {n5} staat {n6} toe; zonder de ruis heeft die
    gelijk in {n7}
en: {n} fields beside the counts (image quality, difficulty, speed, standing, health, length, time
    of disclosing): right in {n1} of {n2} windows it had not learned from, chance stays under {n3};
    given the sensor's own difficulty, which does not leave, the same attacker is right in {n4}
nl: {n} velden naast de tellingen (beeldkwaliteit, moeilijkheid, snelheid, stilstaan, toestand,
    lengte, tijd van vrijgeven): goed in {n1} van {n2} tijdvakken waar de aanvaller niet van leerde;
    toeval blijft onder {n3}. Krijgt dezelfde aanvaller de moeilijkheid die de sensor zelf meet, en
    die het kastje niet verlaat, dan heeft hij het goed in {n4}
en: the attacker cannot learn what is plain: {detail}
nl: de aanvaller kan niet leren wat duidelijk is: {detail}
en: {n} intervals follow from the released number and the released image quality; {n1} do not
nl: {n} intervallen volgen uit het vrijgegeven getal en de vrijgegeven beeldkwaliteit; {n1} niet
en: {n} windows of {n1} s, half of them with a person, were signed {quote} ms after their end;
    chance parts the two halves as far in {n2} of all cases (falls under {n3})
nl: {n} tijdvakken van {n1} s, de helft met een persoon, zijn {quote} ms na hun einde ondertekend;
    toeval scheidt de twee helften even ver in {n2} van alle gevallen (houdt geen stand onder {n3})
en: {n} of {n1} windows were released in time
nl: {n} van {n1} tijdvakken zijn op tijd vrijgegeven
en: the rule {quote} draws no noise; there is no key to look at
nl: de regel {quote} trekt geen ruis; er is geen sleutel om te bekijken
en: {n} of {n1} numbers are what key, name and input give; another key gives {n2}
nl: {n} van {n1} getallen zijn wat sleutel, naam en invoer geven; een andere sleutel geeft er {n2}
en: nothing was released in time
nl: er is niets op tijd vrijgegeven
en: without the noise that its key gives, {n} of {n1} released numbers are possible counts
nl: zonder de ruis die zijn sleutel geeft zijn {n} van {n1} vrijgegeven getallen mogelijke tellingen
en: {n} of {n1} other keys would do as well
nl: {n} van {n1} andere sleutels kunnen het ook zijn
en: {n} classes at epsilon {n1} each allow {n2}
nl: {n} klassen met epsilon {n1} elk staan {n2} toe
en: {n} starts within one slot, stopped and killed by turns, each with other counts: {n1} values of
    a number left
nl: {n} keer gestart in één tijdvak, om en om gestopt en afgebroken, steeds met andere tellingen:
    {n1} waarden van een getal kwamen naar buiten
en: {detail}; a gate that is stopped releases its slot
nl: {detail}; een gate die gestopt wordt geeft zijn tijdvak vrij
en: the gate had not started in time
nl: de gate was niet op tijd gestart
en: the slot was over before the last start
nl: het tijdvak was voorbij voor de laatste start
en: the gate could not be started again: {error}
nl: de gate was niet opnieuw te starten: {error}
en: {detail}; too few nights to tell
nl: {detail}; te weinig nachten om het te zeggen
en: {detail}: too few numbers to tell
nl: {detail}: te weinig getallen om het te zeggen
en: its key or its ledger cannot be read: {error}
nl: zijn sleutel of zijn logboek is niet te lezen: {error}

# trail
en: the box ran before the audit listened at its broker: run the audit where the box does not run,
    it starts one
nl: het kastje draaide al voordat de audit bij zijn broker luisterde: draai de audit waar het kastje
    niet draait, dan start zij er een
en: another process of the uplink's user ran meanwhile (another box?), and was counted too: {detail}
nl: intussen draaide nog een proces van de gebruiker van de uplink (een ander kastje?), en dat is
    meegeteld: {detail}
en: a {quote} was published that is no entry of the ledger
nl: een {quote} is verstuurd die niet in het logboek staat
en: entry {n} of the ledger was never published
nl: regel {n} van het logboek is nooit verstuurd
en: a {quote} was published again with other bytes
nl: een {quote} is nog eens verstuurd, met andere bytes
en: entry {n} is not signed by the box
nl: regel {n} is niet door het kastje ondertekend
en: a message on a topic that is not the box's: {quote}
nl: een bericht onder een onderwerp dat niet van het kastje is: {quote}
en: a state that is not one of the two
nl: een status die geen van de twee is
en: a checkpoint is not the box's signature over what was published
nl: een ijkpunt is niet de handtekening van het kastje over wat verstuurd is
en: {n} signed messages captured, {n1} entries in the ledger, {n2} checkpoints
nl: {n} ondertekende berichten opgevangen, {n1} regels in het logboek, {n2} ijkpunten
en: the same bytes, each root made anew
nl: dezelfde bytes, elke wortel opnieuw gemaakt
en: more came than the capture holds
nl: er kwam meer dan de opvang kan houden
en: too few to compare; the box has released too little in time
nl: te weinig om te vergelijken; het kastje heeft in die tijd te weinig vrijgegeven
en: the last {n} entries had not been heard when the time was over
nl: de laatste {n} regels waren nog niet gehoord toen de tijd om was
en: the centre says complete up to entry {n}, and its root over {n1} is the ledger's
nl: de centrale zegt volledig tot en met regel {n}, en haar wortel over {n1} is die van het logboek
en: the centre says {quote}: {error}
nl: de centrale zegt {quote}: {error}
en: withheld by the box
nl: achtergehouden door het kastje
en: the centre was not done in time: it says {quote}
nl: de centrale was niet op tijd klaar: zij zegt {quote}
en: nothing was sent while it was counted
nl: er is niets verstuurd terwijl er werd geteld
en: the uplink has no user of its own here
nl: de uplink heeft hier geen eigen gebruiker
en: the kernel does not tell what the uplink's sockets have sent
nl: de kernel vertelt niet wat de sockets van de uplink hebben verstuurd
en: {n} connections to somewhere else than the broker
nl: {n} verbindingen naar iets anders dan de broker
en: {n} connections to the broker, wanted the one that all was sent over
nl: {n} verbindingen met de broker; het hoort die ene te zijn waarover alles ging
en: {n} bytes sent since it was opened; {n1} messages with what their protocols cost explain {n2};
    {n3} are left for the handshake (at most {n4})
nl: {n} bytes verstuurd sinds het openen; {n1} berichten verklaren met wat hun protocollen kosten
    {n2}; {n3} blijven over voor het opzetten van de verbinding (hoogstens {n4})
en: its connection came or went while we looked; run the audit again
nl: de verbinding kwam of ging terwijl wij keken; draai de audit nog eens
en: its connection was opened anew while we looked; run the audit again
nl: de verbinding is opnieuw geopend terwijl wij keken; draai de audit nog eens
en: nftables counted {n} packets with {n1} bytes of content, {n2} of them on the connection to the
    broker; {n3} beside it (at most {n4}, under way then)
nl: nftables telde {n} pakketten met {n1} bytes inhoud, waarvan {n2} op de verbinding met de broker;
    {n3} daarnaast (hoogstens {n4}, toen onderweg)
en: nft: not found on PATH; run: apt-get install nftables
nl: nft: niet gevonden in PATH; draai: apt-get install nftables
en: nft: {error}
nl: nft: {error}
en: sock_diag: the kernel refused to list sockets; it was built without it, or our rights are too
    few
nl: sock_diag: de kernel wilde de sockets niet noemen; hij is zonder gebouwd, of wij hebben te
    weinig rechten

# broker
en: {n} of {n1} attempts had an effect: {what}
nl: {n} van {n1} pogingen hadden effect: {what}
en: publishing on another's topic, MQTT 5 and 3.1.1
nl: sturen onder het onderwerp van een ander, MQTT 5 en 3.1.1
en: a last will on another's topic
nl: een laatste bericht onder het onderwerp van een ander
en: hearing what another says or is told
nl: horen wat een ander zegt of te horen krijgt
en: another's session, by its client id or user name
nl: de sessie van een ander, met zijn client-id of gebruikersnaam
en: a name with a wildcard, refused at issue and of no use where forged
nl: een naam met een jokerteken: niet uitgegeven, en waar vervalst van geen nut
en: no, a foreign, a server's or a revoked certificate, TLS 1.2, no TLS
nl: geen certificaat, een vreemd, dat van een server of een ingetrokken certificaat, TLS 1.2, geen
    TLS
en: the control did nothing either
nl: de controleproef deed ook niets

# roles at the broker
en: each role says and hears what the audit's table says, on {n} topics
nl: elke rol zegt en hoort wat de tabel van de audit zegt, bij {n} onderwerpen
en: the role {quote}, of which nobody has said what it may
nl: de rol {quote}, waarvan niemand heeft gezegd wat die mag
en: {role} may say {topic}
nl: {role} mag iets zeggen onder {topic}
en: {role} may hear {topic}
nl: {role} mag luisteren naar {topic}
en: {role} did not get {topic} through
nl: {role} kwam niet door onder {topic}
en: {role} did not hear {topic}
nl: {role} hoorde niets onder {topic}
en: {role} hears of the broker itself
nl: {role} hoort iets over de broker zelf

# trojan
en: people in the zone: {quote} without the sign, {quote2} with it; sensor measured {level}, {n}
    reports signed, {n1} faults in the ledger
nl: personen in de zone: {quote} zonder het teken, {quote2} ermee; sensor gemeten als {level}, {n}
    rapporten ondertekend, {n1} fouten in het logboek
en: {detail}: this is a limit, not a fault found: the box cannot know what a model was taught, and
    no part of the audit sees it; who makes and changes the model must be trusted
nl: {detail}: dit is een grens, geen gevonden fout: het kastje kan niet weten wat een model geleerd
    heeft, en geen deel van de audit ziet het; wie het model maakt en verandert moet te vertrouwen
    zijn
en: the trojan did not do its work, so nothing is shown: {detail}
nl: het trojaanse model deed zijn werk niet, dus er is niets getoond: {detail}

# run
en: the audit could not look: {error}
nl: de audit kon niet kijken: {error}
en: {detail}; no attempt was seen to succeed without the wall, and a refusal without that proves
    little
nl: {detail}; geen enkele poging lukte zonder de muur, en een weigering zonder dat toont weinig aan
en: it was not looked at itself: what was audited is a second box, started from the same config. How
    it is locked in was measured at its start: journalctl -u 'people-count-admit@*'
nl: dat kastje zelf is niet bekeken: er is een tweede kastje bekeken, gestart met dezelfde
    configuratie. Hoe het is afgesloten is bij zijn start gemeten: journalctl -u
    'people-count-admit@*'
en: processes that stay
nl: processen die blijven
en: the box does not stay up: its {name} ended {count} times before all had begun, with exit code
    {code}
nl: het kastje blijft niet lopen: zijn {name} eindigde {count} keer voordat alles begonnen was, met
    afsluitcode {code}
en: the box measured itself and refused to start
nl: het kastje mat zichzelf en weigerde te starten
en: no new privileges
nl: geen nieuwe rechten
en: seccomp, both stages, on every thread
nl: seccomp, beide stappen, op elke thread
en: filters of every thread are those of the tables
nl: de filters van elke thread zijn die van de tabellen
en: a user of its own
nl: een eigen gebruiker
en: no capability
nl: geen bijzonder recht
en: not dumpable
nl: geen geheugenafdruk
en: limits of the table
nl: grenzen van de tabel
en: no shared writable memory but its own
nl: geen gedeeld schrijfbaar geheugen behalve het eigene
en: own namespace
nl: eigen namespace
en: no writable mount but its own
nl: geen schrijfbaar koppelpunt behalve het eigene
en: {what}; the machine was too busy to measure this ({n} programs at work on {n1} processors)
nl: {what}; de machine had het te druk om dit te meten ({n} programma's aan het werk op {n1}
    processoren)
en: {what}; this depends on time, and the machine was not busy ({n} programs at work on {n1}
    processors): run the audit again
nl: {what}; dit hangt van de tijd af, en de machine had het niet druk ({n} programma's aan het werk
    op {n1} processoren): draai de audit nog eens
en: the library that writes it is not installed: install the extra [audit], or write --html and
    print that
nl: de bibliotheek die hem schrijft is niet geïnstalleerd: installeer de extra [audit], of schrijf
    --html en druk dat af
"""
