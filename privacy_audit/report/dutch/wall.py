# SPDX-License-Identifier: Apache-2.0
"""Dutch: the questions of the parts, the mechanisms, the classes of ways out, and the limits."""

PHRASES = """
# parts
en: Are the running processes locked in as they should be?
nl: Zijn de draaiende processen afgesloten zoals het hoort?
en: Each of the three processes is measured from outside while it works: by what the kernel shows
    of it, never by what it says of itself.
nl: Elk van de drie processen wordt van buitenaf gemeten terwijl het werkt: aan wat de kernel ervan
    laat zien, nooit aan wat het over zichzelf zegt.
en: Can the process that sees pictures get anything out by another way?
nl: Kan het proces dat beelden ziet iets langs een andere weg naar buiten krijgen?
en: A twin of it, locked in like it, with its libraries and the model loaded, tries each way out
    that we know. A program that is not locked in tries the same. Witnesses outside both look for
    new files, sockets, processes, bytes and changes.
nl: Een tweeling van dat proces, net zo afgesloten, met dezelfde bibliotheken en het model geladen,
    probeert elke weg naar buiten die wij kennen. Een programma dat niet is afgesloten probeert
    hetzelfde. Getuigen buiten beide letten op nieuwe bestanden, sockets, processen, bytes en
    veranderingen.
en: Does the kernel decide every system call as it should?
nl: Beslist de kernel over elke systeemaanroep zoals het hoort?
en: Every number of two processor families is decided by the filters that the kernel holds for the
    running processes, and compared with a list written down in the audit and with the box's
    tables.
nl: Over elk nummer van twee processorfamilies wordt beslist met de filters die de kernel voor de
    draaiende processen heeft. De uitkomst wordt vergeleken met een lijst in deze audit en met de
    tabellen van het kastje.
en: Do the libraries report to their makers?
nl: Melden de bibliotheken iets aan hun makers?
en: A build of the library that runs the model, one that reports to its maker, is run behind the
    wall, where it must fail; the box's own build must leave no file and open no socket.
nl: Een uitgave van de bibliotheek die het model draait, en die wel aan haar maker meldt, draait
    achter de muur. Daar moet het melden mislukken. De eigen uitgave van het kastje mag geen
    bestand achterlaten en geen socket openen.
en: How much could a sensor that lies tell at most, and does the box keep to its cap?
nl: Hoeveel kan een sensor die liegt hoogstens vertellen, en blijft het kastje onder zijn grens?
en: The bound is computed anew from the config and compared with what the box printed and signed;
    then a box and a gate above their cap are started, which must refuse.
nl: De bovengrens wordt opnieuw uitgerekend uit de configuratie en vergeleken met wat het kastje
    afdrukte en ondertekende. Dan worden een kastje en een gate boven hun grens gestart: die moeten
    weigeren.
en: Can a sensor that lies get anything past the gate but what the table of records allows?
nl: Krijgt een sensor die liegt iets voorbij de gate wat de tabel van records niet toelaat?
en: Gates beside the box, locked like its own, hear more than 100,000 records that break the
    contract. Another is told as much as it lets through; what comes out is read back and compared
    with the bound.
nl: Gates naast het kastje, net zo afgesloten als de zijne, krijgen meer dan 100.000 records die de
    afspraak breken. Een andere krijgt zoveel te horen als hij doorlaat. Wat eruit komt wordt
    teruggelezen en vergeleken met de bovengrens.
en: Has a picture that the camera saw stayed anywhere?
nl: Is een beeld dat de camera zag ergens blijven staan?
en: The drawn street shows a marker made for this audit. In each place listed a second marker,
    planted there, must be found, and the first must not.
nl: De getekende straat toont een merkteken dat voor deze audit is gemaakt. Op elke genoemde plek
    moet een tweede merkteken, dat daar is neergelegd, gevonden worden en het eerste niet.
en: Can anyone tell from what is released whether one person was there?
nl: Kan iemand uit wat wordt vrijgegeven opmaken of één bepaalde persoon er was?
en: 2,000 seeded nights with one person or none go through the code that adds the noise; attackers
    guess as well as can be done. The noise of the running box is drawn again from its key.
nl: 2.000 nagespeelde nachten met één persoon of niemand gaan door de code die de ruis toevoegt.
    Aanvallers raden zo goed als het kan. De ruis van het draaiende kastje wordt opnieuw getrokken
    uit zijn sleutel.
en: Is what left the box exactly what it wrote down?
nl: Is wat het kastje verliet precies wat het heeft opgeschreven?
en: Every message that the broker delivered is looked for in the box's ledger, and every entry of
    the ledger among the messages; the centre's tree is compared, and the kernel's own count of
    bytes.
nl: Elk bericht dat de broker afleverde wordt gezocht in het logboek van het kastje, en elke regel
    van het logboek tussen de berichten. Ook de boom van de centrale en de bytes die de kernel
    telde worden vergeleken.
en: Can one box speak for another, or listen to it?
nl: Kan het ene kastje spreken voor het andere, of het afluisteren?
en: Two boxes meet over TLS at a broker started with the shipped files. What the one was refused,
    neither the centre nor the other box ever heard.
nl: Twee kastjes ontmoeten elkaar over TLS bij een broker met de meegeleverde bestanden. Wat het
    ene kastje werd geweigerd, heeft de centrale noch het andere kastje ooit gehoord.
en: What would a model do that was made to count wrongly?
nl: Wat doet een model dat gemaakt is om verkeerd te tellen?
en: A small model that adds one person when it sees a sign runs through a whole box. No part of the
    audit notices, because its numbers are right in form: this is a limit, and no fault of the box.
nl: Een klein model dat één persoon bijtelt als het een teken ziet, draait in een heel kastje. Geen
    deel van de audit merkt het, want zijn getallen hebben de juiste vorm. Dit is een grens van de
    audit en geen fout van het kastje.

# mechanisms
en: The kernel knows for each process the few calls that it needs. At any other, a socket or
    another program for one, it refuses or ends the process.
nl: De kernel kent van elk proces de paar aanroepen die het nodig heeft. Bij elke andere,
    bijvoorbeeld om een socket of een ander programma, weigert hij of beëindigt hij het proces.
en: That holds on every thread of a process, also on those that began before the lock.
nl: Dat geldt voor elke thread van een proces, ook voor threads die vóór het slot begonnen.
en: Each process is a user of its own, without any special right, and owns nothing but what it
    writes.
nl: Elk proces is een eigen gebruiker zonder bijzondere rechten, en bezit alleen wat het schrijft.
en: Each process sees only itself. The two that handle pictures and counts have no network at all.
nl: Elk proces ziet alleen zichzelf. De twee processen die met beelden en tellingen werken hebben
    geen netwerk.
en: Each process sees only the files that it needs. The one that sees pictures can write to none.
nl: Elk proces ziet alleen de bestanden die het nodig heeft. Het proces dat beelden ziet kan in
    geen enkel bestand schrijven.
en: The memory of a process is not written to disk when it fails, its own user cannot read it, and
    the list of processes shows none of it.
nl: Het geheugen van een proces komt niet op schijf als het vastloopt, zijn eigen gebruiker kan het
    niet lezen, en de lijst van processen laat er niets van zien.
en: No process can start another; the one that sees pictures cannot open or write a file.
nl: Geen proces kan een ander proces starten. Het proces dat beelden ziet kan geen bestand openen
    of schrijven.
en: What was opened before the lock is closed, but for the camera, the store or the link that is
    needed.
nl: Wat vóór het slot open stond is gesloten, behalve de camera, de opslag of de verbinding die
    nodig is.
en: The process that fetches the pictures of a network camera reaches that camera, and nobody else.
nl: Het proces dat de beelden van een netwerkcamera ophaalt bereikt die camera, en verder niemand.
en: Between the process that sees pictures and the next, nothing passes but records of 64 bytes in
    one fixed form, each once in a window.
nl: Tussen het proces dat beelden ziet en het volgende gaan alleen records van 64 bytes in één
    vaste vorm, elk één keer per tijdvak.
en: What such records could tell at most is computed, and a box that could tell more than its cap
    does not start.
nl: Wat zulke records hoogstens kunnen vertellen is uitgerekend. Een kastje dat meer kan vertellen
    dan zijn grens, start niet.
en: The noise on each number is drawn with a key that never leaves the box: nobody else can take it
    off.
nl: De ruis op elk getal wordt getrokken met een sleutel die het kastje nooit verlaat: niemand
    anders kan die ruis eraf halen.
en: What leaves the box is written down first, and the centre can show that it holds exactly that.
nl: Wat het kastje verlaat is eerst opgeschreven, en de centrale kan tonen dat zij precies dat
    heeft.
en: At the broker each box can speak and listen as itself only.
nl: Bij de broker kan elk kastje alleen als zichzelf spreken en luisteren.
en: No trace of a picture stays behind on this machine in the places listed.
nl: Op deze machine blijft op de genoemde plekken geen spoor van een beeld achter.
en: The library that runs the model reports to nobody.
nl: De bibliotheek die het model draait meldt niets aan wie dan ook.

# classes
en: Whether the attacker is a true copy of the sensor: same filters, libraries and model.
nl: Of de aanvaller een echte kopie van de sensor is: dezelfde filters, bibliotheken en hetzelfde
    model.
en: Opening a connection of any kind that this machine knows.
nl: Een verbinding openen, van elke soort die deze machine kent.
en: Asking a name server, a question that can carry what it is not about.
nl: Een naamserver iets vragen: zo'n vraag kan iets meenemen waar zij niet over gaat.
en: Reaching another program, on this machine or elsewhere.
nl: Een ander programma bereiken, op deze machine of elders.
en: Making, changing or renaming a file, or reading what is told of other processes.
nl: Een bestand maken, veranderen of een andere naam geven, of lezen wat over andere processen
    wordt verteld.
en: Memory that another process can read too.
nl: Geheugen dat een ander proces ook kan lezen.
en: Starting another program.
nl: Een ander programma starten.
en: Looking into another process, or writing into it.
nl: In een ander proces kijken of erin schrijven.
en: Handing the kernel work through a queue that filters do not see into.
nl: De kernel werk geven via een rij waar filters niet in kijken.
en: Giving an open file or connection to another process.
nl: Een open bestand of verbinding aan een ander proces geven.
en: Letting the kernel itself carry bytes from one place to another.
nl: De kernel zelf bytes van de ene plek naar de andere laten brengen.
en: Saying more to the gate than records: other lengths, other descriptors, the pipe's own
    settings.
nl: De gate meer zeggen dan records: andere lengtes, andere descriptors, de instellingen van de
    pijp.
en: Calling the kernel as programs for other processors do, where a filter might not look.
nl: De kernel aanroepen zoals programma's voor andere processoren dat doen, waar een filter
    misschien niet kijkt.
en: Calls that kernels got after the list was written.
nl: Aanroepen die kernels kregen nadat de lijst was gemaakt.
en: A thread that began before the lock was closed.
nl: Een thread die begon voordat het slot dicht was.
en: A helper that might not be locked in.
nl: Een hulpproces dat misschien niet is afgesloten.
en: Telling another process something by signals or timers.
nl: Een ander proces iets vertellen met signalen of timers.
en: Leaving something in the kernel's store of keys.
nl: Iets achterlaten in de sleutelopslag van de kernel.
en: Making surroundings of its own in which it may do more.
nl: Een eigen omgeving maken waarin het meer mag.
en: Becoming somebody else, or getting rights that it does not have.
nl: Iemand anders worden, of rechten krijgen die het niet heeft.
en: The kernel's own inside: modules, tracing, settings.
nl: Het binnenste van de kernel: modules, meekijken, instellingen.
en: Telling something by what it uses up or holds: limits, priorities, locks.
nl: Iets vertellen met wat het verbruikt of vasthoudt: grenzen, prioriteiten, sloten.
en: What was opened or shared while the lock was still open.
nl: Wat werd geopend of gedeeld toen het slot nog open was.

# limits
en: Pictures are looked at inside the box for milliseconds. That is processing of personal data,
    and this audit does not change it.
nl: Beelden worden in het kastje enkele milliseconden bekeken. Dat is verwerking van
    persoonsgegevens, en deze audit verandert daar niets aan.
en: Whoever is root on the box, or holds it in their hands, is outside every mechanism tried here;
    so are the kernel, the drivers, the camera's own firmware and the processor.
nl: Wie root is op het kastje, of het in handen heeft, valt buiten alles wat hier is geprobeerd.
    Dat geldt ook voor de kernel, de stuurprogramma's, de software in de camera zelf en de
    processor.
en: A sensor that lies can always signal a little in its counts: see "Most that could leave". The
    cap stops pictures in useful time; it cannot stop a single yes or no.
nl: Een sensor die liegt kan in zijn tellingen altijd een beetje doorgeven: zie "Wat er hoogstens
    uit kan". De grens houdt beelden binnen bruikbare tijd tegen, maar niet één enkel ja of nee.
en: A model that was made to count wrongly when it sees a certain thing is not noticed: its numbers
    are right in form. What is checked is that the model's file is the one that its card names.
nl: Een model dat gemaakt is om verkeerd te tellen als het iets bepaalds ziet, valt niet op: zijn
    getallen hebben de juiste vorm. Wel is nagegaan dat het bestand van het model het bestand is
    dat op zijn kaart staat.
en: The ways out that were tried are those that we know, and they are listed in this report. A way
    that is not on it was not tried.
nl: De geprobeerde wegen naar buiten zijn de wegen die wij kennen, en ze staan in dit verslag. Een
    weg die er niet in staat is niet geprobeerd.
en: The process that talks to the broker needs the network. To which addresses it may talk is for
    the machine's firewall; whether one is laid was not looked at. Counted was what that process
    sent while the audit looked.
nl: Het proces dat met de broker praat heeft het netwerk nodig. Met welke adressen het mag praten
    bepaalt de firewall van de machine. Of die er is, is niet bekeken. Wel is geteld wat dat proces
    verstuurde terwijl de audit keek.
en: "Not found in the places listed" means just that: other places were not searched.
nl: "Niet gevonden op de genoemde plekken" betekent precies dat: op andere plekken is niet gezocht.
en: The noise hides one person's passing in one number of one window. It does not hide a habit over
    many windows, nor a crowd.
nl: De ruis verbergt dat één persoon voorbijkwam, in één getal van één tijdvak. Een gewoonte over
    veel tijdvakken verbergt zij niet, en een menigte ook niet.
en: The audit looked at one moment, by the software that it is about, on the machine that it is
    about. Compare the hashes below with those of a copy that you got by another way.
nl: De audit keek op één moment, met de software waar zij over gaat, op de machine waar zij over
    gaat. Vergelijk de hashes hieronder met die van een kopie die u langs een andere weg hebt
    gekregen.
en: {n} bits each window of {n1} s, if the sensor lied in everything it counts: enough for one
    number plate {plate}, one face template of 512 bits {face} or one coarse picture of a face (400
    bytes) {picture}
nl: {n} bits per tijdvak van {n1} s, als de sensor over alles liegt wat hij telt. Dat is genoeg
    voor één kenteken {plate}, één gezichtssjabloon van 512 bits {face} of één grove foto van een
    gezicht (400 bytes) {picture}
en: in {n} days
nl: in {n} dagen
en: in {n} hours
nl: in {n} uur
en: in {n} minutes
nl: in {n} minuten
en: in {n} s
nl: in {n} s
"""
