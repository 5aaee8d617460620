# SPDX-License-Identifier: Apache-2.0
"""Dutch: two processes that work together, and what the machine itself carries."""

PHRASES = """
# parts and mechanisms
en: pairs
nl: paren
en: shared hardware
nl: gedeelde hardware
en: shared objects
nl: gedeelde objecten
en: process view
nl: zicht op processen
en: Can two processes that work together pass anything on between them?
nl: Kunnen twee processen die samenwerken elkaar iets doorgeven?
en: A twin of the process that sees pictures changes everything that it can, each at moments drawn
    by chance. A twin of the process that speaks to the network, another user of this machine and a
    program in a world of its own look at all that they can see. A witness compares; the same is
    tried where nothing is locked in.
nl: Een tweeling van het proces dat beelden ziet verandert alles wat het kan, steeds op door toeval
    gekozen momenten. Een tweeling van het proces dat met het netwerk praat, een andere gebruiker
    van deze machine en een programma in een eigen omgeving kijken naar alles wat zij kunnen zien.
    Een getuige vergelijkt. Hetzelfde is geprobeerd waar niets is afgesloten.
en: What could two processes tell each other by using the same machine?
nl: Wat kunnen twee processen elkaar vertellen doordat zij dezelfde machine gebruiken?
en: A twin of the process that sees pictures loads the processors and the memory, or not; another
    measures how fast its own work goes. No software shuts this: it is measured, and it is a limit,
    no fault of the box.
nl: Een tweeling van het proces dat beelden ziet belast de processoren en het geheugen, of niet; een
    ander meet hoe snel zijn eigen werk gaat. Geen software sluit dit af: het is gemeten, en het is
    een grens en geen fout van het kastje.
en: Two processes that work together share nothing of the kernel's that the one can change and the
    other see, but the channel that is meant for them.
nl: Twee processen die samenwerken delen in de kernel niets wat het ene kan veranderen en het andere
    kan zien, behalve het kanaal dat voor hen bedoeld is.
en: What the machine shows of a process (its memory, its time, its words) is hidden from the other
    processes and users.
nl: Wat de machine van een proces laat zien (zijn geheugen, zijn tijd, zijn woorden) is verborgen
    voor de andere processen en gebruikers.

# names
en: {sender} and {receiver}
nl: {sender} en {receiver}
en: an outsider
nl: een buitenstaander
en: a process in namespaces of its own
nl: een proces in eigen namespaces
en: kernel objects and files
nl: objecten van de kernel en bestanden
en: what is shown of a process and of the machine
nl: wat van een proces en van de machine te zien is
en: load on the processor
nl: belasting van de processor
en: load on the memory
nl: belasting van het geheugen
en: load on the {quote}
nl: belasting van {quote}
en: the machine's own counters
nl: de eigen tellers van de machine
en: a mapping that is kept through the lock
nl: een geheugendeel dat door het slot heen bewaard wordt
en: words of the running processes
nl: woorden van de draaiende processen
en: what others on the machine see of the running processes
nl: wat anderen op de machine van de draaiende processen zien
en: twins: their places, users and locks are the product's own
nl: tweelingen: hun plekken, gebruikers en sloten zijn die van het product zelf

# pairs
en: only root gives twins the users and namespaces of the box's processes; run the audit as root
nl: alleen root geeft tweelingen de gebruikers en namespaces van de processen van het kastje; draai
    de audit als root
en: carries: {carriers}
nl: geeft door: {carriers}
en: the sender's filter does not stop it from making {carriers}
nl: het filter van de zender houdt hem niet tegen bij het maken van {carriers}
en: missing: /proc is mounted without hidepid=invisible, so every user of this machine sees of each
    process how much memory, processor time and how many threads it has: {carriers}
nl: ontbreekt: /proc is gekoppeld zonder hidepid=invisible, dus elke gebruiker van deze machine ziet
    van elk proces hoeveel geheugen, processortijd en threads het heeft: {carriers}
en: no control carried for: {carriers}
nl: geen controleproef gaf iets door voor: {carriers}
en: {n} carriers tried: {n1} refused to the sender, {n2} empty to the receiver
nl: {n} dragers geprobeerd: {n1} geweigerd aan de zender, {n2} leeg voor de ontvanger
en: {n} carriers tried: {n1} refused to the sender, {n2} empty to the receiver, which then told at
    most {n3} bits a second (95 %)
nl: {n} dragers geprobeerd: {n1} geweigerd aan de zender, {n2} leeg voor de ontvanger; die vertelden
    hem hoogstens {n3} bits per seconde (95 %)
en: {quote}: its file was written to behind the lock
nl: {quote}: achter het slot is in zijn bestand geschreven
en: {quote}: the lock closed over it
nl: {quote}: het slot sloot eroverheen
en: {n} of {n1} controls wrote to their file; ended oddly: {quote}
nl: {n} van {n1} controleproeven schreven in hun bestand; vreemd geëindigd: {quote}
en: the lock refuses to close over a mapping that is shared and could be written
nl: het slot weigert te sluiten over een geheugendeel dat gedeeld is en beschreven kan worden

# carriers
en: {carrier}, seen by {quote}: {n} bits a second in this trial
nl: {carrier}, gezien aan {quote}: {n} bits per seconde in deze proef
en: {carrier}, seen by {quote}: {n} bits a second in this trial; {more}
nl: {carrier}, gezien aan {quote}: {n} bits per seconde in deze proef; {more}
en: and {n} more
nl: en nog {n}
en: a POSIX lock
nl: een POSIX-slot
en: an open-file-description lock
nl: een slot op een geopend bestand
en: a lease
nl: een lening van een bestand (lease)
en: a file's times
nl: de tijden van een bestand
en: a file's name
nl: de naam van een bestand
en: a file's size
nl: de grootte van een bestand
en: space on the disk
nl: ruimte op de schijf
en: reading on in its own file
nl: verder lezen in zijn eigen bestand
en: a pipe that both inherit
nl: een pijp die beide erven
en: the record pipe's size
nl: de grootte van de pijp voor records
en: the record pipe's mode
nl: de stand van de pijp voor records
en: a System V semaphore
nl: een System V-semafoor
en: a System V queue
nl: een System V-berichtenrij
en: a POSIX queue
nl: een POSIX-berichtenrij
en: a key ring
nl: een sleutelring
en: an abstract socket's name
nl: de naam van een abstracte socket
en: bytes on its one connection
nl: bytes op zijn enige verbinding
en: a page of a cold file
nl: een pagina van een bestand dat niemand gebruikt
en: size of memory
nl: grootte van het geheugen
en: memory that is touched
nl: geheugen dat wordt aangeraakt
en: the thread's name
nl: de naam van de thread
en: the signal mask
nl: het signaalmasker
en: signals ignored
nl: genegeerde signalen
en: signals caught
nl: afgehandelde signalen
en: a signal that waits
nl: een signaal dat wacht
en: affinity
nl: binding aan processoren
en: scheduling class
nl: klasse van de planner
en: a limit
nl: een grens
en: timer slack
nl: speling van timers
en: a timer
nl: een timer
en: locked memory
nl: vastgezet geheugen
en: rows of the memory map
nl: regels van het overzicht van zijn geheugen
en: oom score
nl: oom-score
en: threads that end
nl: threads die eindigen
en: threads that begin
nl: threads die beginnen
en: processor time
nl: processortijd
en: context switches
nl: wisselingen tussen processen

# the machine
en: {n} bits a second measured beside whatever else runs here, at most {n1} at this pace ({n2}%);
    {n3} of {n4} bits wrong: this is a limit, not a fault found: two processes on one machine share
    it
nl: {n} bits per seconde gemeten naast wat hier verder draait, hoogstens {n1} in dit tempo ({n2}%);
    {n3} van {n4} bits fout: dit is een grens, geen gevonden fout: twee processen op één machine
    delen dit
en: to another user of this machine: nothing was seen to follow. Inside the box no process sees
    them: this is a limit, not a fault found: two processes on one machine share it
nl: aan een andere gebruiker van deze machine: er is niets gezien dat volgde. Binnen het kastje ziet
    geen proces ze: dit is een grens, geen gevonden fout: twee processen op één machine delen dit
en: to another user of this machine: {carriers}. Inside the box no process sees them: this is a
    limit, not a fault found: two processes on one machine share it
nl: aan een andere gebruiker van deze machine: {carriers}. Binnen het kastje ziet geen proces ze:
    dit is een grens, geen gevonden fout: twee processen op één machine delen dit

# others
en: only root can ask as another user; run the audit as root
nl: alleen root kan vragen als een andere gebruiker; draai de audit als root
en: nobody could ask: {error}
nl: niemand kon vragen: {error}
en: no process runs
nl: er draait geen proces
en: nothing: not one file of {n} processes can be read by another user
nl: niets: geen enkel bestand van {n} processen is te lezen door een andere gebruiker
en: /proc hides processes, and yet another user reads {quote}
nl: /proc verbergt processen, en toch leest een andere gebruiker {quote}
en: missing: /proc is mounted without hidepid=invisible, so every user of this machine reads {n}
    files of each process. Of an honest one they show how busy it is, and so whether somebody is in
    the picture; a lying one can write there
nl: ontbreekt: /proc is gekoppeld zonder hidepid=invisible, dus elke gebruiker van deze machine
    leest {n} bestanden van elk proces. Van een eerlijk proces tonen zij hoe druk het is, en dus of
    er iemand in beeld is; een liegend proces kan erin schrijven
en: {role} shows {n} bytes of arguments and {n1} of environment
nl: {role} laat {n} bytes argumenten en {n1} bytes omgeving zien
en: threads of {role} are named {quote}, wanted {quote2} alone
nl: threads van {role} heten {quote}; het hoort alleen {quote2} te zijn
en: {role} can write new arguments for all to see
nl: {role} kan nieuwe argumenten schrijven die iedereen ziet
en: no arguments, no environment, one fixed name, and no bounds to write others between
nl: geen argumenten, geen omgeving, één vaste naam, en geen grenzen om er andere tussen te schrijven
"""
