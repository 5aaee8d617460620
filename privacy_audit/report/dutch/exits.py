# SPDX-License-Identifier: Apache-2.0
"""Dutch: the ways out that a twin of the sensor tried, and what was made before the lock."""

PHRASES = """
# trial
en: {n} ways tried
nl: {n} wegen geprobeerd
en: {n} that this kernel does not have were refused too
nl: {n} die deze kernel niet kent zijn ook geweigerd
en: {figures}, all refused, but {reason}
nl: {figures}, alle geweigerd, maar {reason}
en: the twin's filters are not the sensor's
nl: de filters van de tweeling zijn niet die van de sensor
en: the twin ended at: {quote}
nl: de tweeling eindigde bij: {quote}
en: no control worked for: every one of its ways
nl: geen controleproef lukte, voor geen enkele weg
en: no control worked for: {quote}
nl: geen controleproef lukte voor: {quote}
en: its filters are not those of the running sensor, or not the same on every thread
nl: zijn filters zijn niet die van de draaiende sensor, of niet dezelfde op elke thread
en: the filters of the running sensor or of the twin could not be read: run the audit as root, on a
    kernel with CONFIG_CHECKPOINT_RESTORE
nl: de filters van de draaiende sensor of van de tweeling waren niet te lezen: draai de audit als
    root, op een kernel met CONFIG_CHECKPOINT_RESTORE
en: filters of {lengths} instructions on all {n} threads, the running sensor's but for KILL; counted
    {n1} frames afterwards
nl: filters van {lengths} instructies op alle {n} threads, die van de draaiende sensor behalve KILL;
    telde daarna nog {n1} beelden
en: after the attacks it counted {n} frames, wanted {n1}
nl: na de aanvallen telde het {n} beelden; het hoorden er {n1} te zijn
en: the trial ended with {quote}: {error}
nl: de proef eindigde met {quote}: {error}
en: {quote}, while libraries load: {signs}
nl: {quote}, terwijl bibliotheken laden: {signs}
en: {quote}, after the lock: {signs}
nl: {quote}, na het slot: {signs}
en: no answer
nl: geen antwoord
en: no sign seen
nl: geen teken gezien

en: the trial was not done within {n} s
nl: de proef was niet klaar binnen {n} s

# signs
en: descriptors of the attacker
nl: descriptors van de aanvaller
en: watched files
nl: bewaakte bestanden
en: what reached somebody else
nl: wat een ander bereikte
en: processes and threads
nl: processen en threads
en: status and limits
nl: status en grenzen
en: namespaces, root, mounts, program
nl: namespaces, hoofdmap, koppelpunten, programma
en: shared and executable memory
nl: gedeeld en uitvoerbaar geheugen
en: another process
nl: een ander proces
en: names, keys and messages of the system
nl: namen, sleutels en berichten van het systeem
en: the attacker's end
nl: het einde van de aanvaller
en: a planted secret told back
nl: een verstopt geheim is terugverteld

# before
en: the lock refuses to close over a shared mapping, closes what is left open, kills the rest
nl: het slot weigert te sluiten over gedeeld geheugen, sluit wat open bleef, en beëindigt de rest
en: {n} of {n1} did not work without the lock either
nl: {n} van {n1} lukten ook zonder het slot niet
en: it got out
nl: het kwam naar buiten
en: the lock closed over it
nl: het slot sloot eroverheen
en: still held: {quote}
nl: nog open: {quote}
en: ended with {quote}, wanted it killed at the call
nl: eindigde met {quote}; het had bij de aanroep beëindigd moeten worden
en: a shared mapping of a file
nl: een gedeeld geheugendeel van een bestand
en: a file left open
nl: een bestand dat open bleef
en: a socket left open
nl: een socket die open bleef
en: {what} while libraries load
nl: {what} terwijl bibliotheken laden
en: a socket after the lock
nl: een socket na het slot
en: a 32-bit call by code from before
nl: een 32-bits aanroep door code van ervoor
en: System V memory
nl: System V-geheugen
en: a socket
nl: een socket
en: a process
nl: een proces
en: a program
nl: een programma
"""
