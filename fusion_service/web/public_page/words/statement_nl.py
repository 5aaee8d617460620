# SPDX-License-Identifier: Apache-2.0
"""The accessibility statement in Dutch."""

from fusion_service.web.public_page.words.statement_wording import StatementWords

NL = StatementWords(
    title="Toegankelijkheidsverklaring",
    open="nog in te vullen",
    draft="Deze verklaring is nog niet af. Wat ontbreekt, staat er als: nog in te vullen.",
    whose="Deze website is van:",
    strives="Zij wil dat iedereen deze website kan gebruiken. Dat is geregeld in het Besluit "
    "digitale toegankelijkheid overheid.",
    covers="Deze verklaring gaat over alle pagina's van deze website: de pagina's voor iedereen en "
    "de pagina's achter de log-in.",
    status="Nalevingsstatus",
    status_is="De status van deze website is:",
    statuses={
        "A": "A - voldoet volledig",
        "B": "B - voldoet gedeeltelijk",
        "C": "C - eerste maatregelen genomen",
        "D": "D - voldoet niet",
        "E": "E - geen toegankelijkheidsverklaring",
    },
    fails_title="Wat nog niet goed is",
    fails_said="De makers weten van deze punten. De organisatie kan er punten aan toevoegen.",
    fails=(
        (
            "De kaart is een beeld in 3D. Wie het niet ziet, leest dezelfde cijfers in de lijst "
            "ernaast en in de tabel (WCAG 1.1.1, met tekst als alternatief)."
        ),
        (
            "De map met papieren is een pdf met kopjes en tabellen. Die is niet getoetst aan heel "
            "PDF/UA."
        ),
        (
            "Namen van plekken staan in de taal waarin iemand ze schreef. De pagina weet die taal "
            "niet (WCAG 3.1.2)."
        ),
        "Niemand die een schermlezer gebruikt, heeft de pagina's geprobeerd.",
    ),
    tried_title="Hoe het is onderzocht",
    tried_said="De makers hebben elke pagina zelf getoetst aan WCAG 2.1, niveau A en AA. Dat is "
    "geen onafhankelijk onderzoek. Zij keken zo:",
    tried=(
        "met het programma axe, in licht en donker, op een scherm en een telefoon",
        "met alleen het toetsenbord",
        "met wat een schermlezer zou voorlezen, gelezen door een programma",
        "met 400 procent vergroting, met meer ruimte in de tekst en met hoog contrast",
        "zonder script, en op papier",
    ),
    report_is="Het rapport van een onderzoek:",
    report="rapport",
    drawn="Opstelling van deze verklaring",
    drawn_on="Deze verklaring is opgesteld op:",
    contact="Feedback en contact",
    contact_said="Loopt u ergens tegenaan? Of wilt u de cijfers in een andere vorm? Laat het "
    "weten. Dit zijn de gegevens:",
    email="E-mail:",
    phone="Telefoon:",
    procedure="Handhavingsprocedure",
    procedure_said=(
        "Bent u niet tevreden met het antwoord? Dan kunt u een klacht indienen bij de organisatie.",
        "Helpt dat niet? Dan kunt u naar de Nationale ombudsman.",
    ),
)
