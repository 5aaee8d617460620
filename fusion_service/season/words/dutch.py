# SPDX-License-Identifier: Apache-2.0
"""The document of a season in Dutch."""

from fusion_service.season.words.told import SeasonWords, Told

_FIGURES = {
    "reached": Told(
        "Keren dat een niveau bereikt werd",
        "Per vak: het geschatte aantal, zoals het nu bekend is, stond op of boven de drempel, van "
        "het eerste tot het laatste moment minstens vijf minuten; een kwartier eronder is voorbij. "
        "Alleen momenten waarop er geteld werd.",
        "vakken",
    ),
    "proposed": Told(
        "Keren dat een niveau voorgesteld werd",
        "Aaneengesloten tijd op dit niveau of hoger, per vak, uit het logboek.",
        "vakken",
    ),
    "proposed_before": Told(
        "Voorgesteld vóór het bereikt werd",
        "Deel van de keren dat het niveau bereikt werd, waarin het voorstel er al stond.",
        "keren bereikt",
    ),
    "proposed_lead": Told(
        "Hoe lang van tevoren voorgesteld",
        "Mediaan van bereikt min voorgesteld; onder nul kwam het voorstel erna. Alleen keren met "
        "een voorstel.",
        "keren met een voorstel",
    ),
    "proposed_falsely": Told(
        "Ten onrechte voorgesteld",
        "Deel van de voorstellen waarin, en in het uur erna, het niveau niet bereikt werd. Alleen "
        "voorstellen in tijd waarin er geteld werd.",
        "voorstellen",
    ),
    "forecast_lead": Told(
        "Hoe lang van tevoren de verwachting het zei",
        "Mediaan van bereikt min voorgesteld, van voorstellen die op een verwachting rusten en "
        "uitkwamen.",
        "uitgekomen voorstellen",
    ),
    "forecast_off_by": Told(
        "Hoe ver het verwachte moment ernaast zat",
        "Mediaan van het verschil, vroeger of later, tussen het moment dat het voorstel noemde en "
        "het moment waarop het niveau bereikt werd.",
        "uitgekomen voorstellen",
    ),
    "declared": Told(
        "Keren dat een niveau afgekondigd werd",
        "Aaneengesloten tijd op dit niveau of hoger, per vak, uit het logboek.",
        "vakken",
    ),
    "declared_before": Told(
        "Afgekondigd vóór het bereikt werd",
        "Deel van de keren dat het niveau bereikt werd, waarin het al was afgekondigd.",
        "keren bereikt",
    ),
    "declared_lead": Told(
        "Hoe lang van tevoren afgekondigd",
        "Mediaan van bereikt min afgekondigd; onder nul kwam het besluit erna. Alleen keren met "
        "een besluit.",
        "keren met een besluit",
    ),
    "declared_falsely": Told(
        "Afgekondigd zonder dat het bereikt werd",
        "Deel van de besluiten waarin, en in het uur erna, het niveau niet bereikt werd. Dat kan "
        "ook zijn omdat de maatregelen werkten.",
        "besluiten",
    ),
    "declared_after_proposed": Told(
        "Van voorstel tot besluit",
        "Mediaan van afgekondigd min voorgesteld; onder nul was het besluit eerder.",
        "besluiten met een voorstel",
    ),
    "declared_unasked": Told(
        "Afgekondigd zonder voorstel",
        "Deel van de besluiten waarin het niveau nooit voorgesteld werd.",
        "besluiten",
    ),
    "alarms": Told(
        "Alarmen", "Alle alarmen uit het logboek; een alarmvloed zelf telt niet mee.", "alarmen"
    ),
    "alarms_of_kind": Told("Alarmen naar soort", "Hetzelfde, per soort.", "alarmen"),
    "alarms_per_shift": Told(
        "Alarmen per dienst",
        "Aantal gedeeld door het aantal perioden van acht uur, ook stille.",
        "diensten van acht uur",
    ),
    "alarms_per_shift_peak": Told(
        "Alarmen in de drukste dienst",
        "Het hoogste aantal in acht uur, geteld vanaf middernacht.",
        "alarmen",
    ),
    "alarms_per_ten_minutes": Told(
        "Alarmen per tien minuten",
        "Aantal gedeeld door het aantal perioden van tien minuten, ook stille. Eén per tien "
        "minuten is goed te doen (EEMUA 191, ISA-18.2).",
        "perioden van tien minuten",
    ),
    "alarms_per_ten_minutes_peak": Told(
        "Alarmen in de drukste tien minuten",
        "Het hoogste aantal binnen tien minuten, waar die ook beginnen.",
        "alarmen",
    ),
    "alarms_in_a_flood": Told(
        "Alarmen in een vloed",
        "Alarmen die met meer dan tien binnen tien minuten kwamen.",
        "alarmen",
    ),
    "floods": Told("Alarmvloeden", "Keren dat het logboek een vloed noemt.", "vloeden"),
    "floods_together": Told(
        "Alarmvloeden, samen", "Hoe lang ze samen duurden, tot het einde van de periode.", "vloeden"
    ),
    "alarms_false": Told(
        "Valse alarmen",
        "Deel van de alarmen over een voorgesteld niveau waarin, en in het uur erna, het hoogste "
        "niveau dat het alarm noemde niet bereikt werd. Alleen waar er geteld werd.",
        "beoordeelde alarmen",
    ),
    "alarms_false_of_level": Told(
        "Valse alarmen naar niveau", "Hetzelfde, naar het hoogste niveau.", "beoordeelde alarmen"
    ),
    "warnings_false": Told(
        "Valse waarschuwingen",
        "Deel van de alarmen over een niveau dat verwacht werd, waarin, en in de drie uur erna, "
        "geen enkel vak dat niveau bereikte.",
        "beoordeelde waarschuwingen",
    ),
    "acknowledged": Told(
        "Gezien",
        "Deel van de keren dat iemand moest kijken (een alarm begon, of werd erger nadat het "
        "gezien was) waarop iemand dat bevestigde.",
        "keren",
    ),
    "time_to_acknowledge": Told(
        "Tijd tot gezien", "Mediaan van bevestigd min begonnen.", "keren gezien"
    ),
    "time_to_acknowledge_nine_of_ten": Told(
        "Tijd tot gezien, negen van de tien",
        "Negen van de tien keer was het zo snel of sneller.",
        "keren gezien",
    ),
    "time_to_acknowledge_longest": Told("Tijd tot gezien, langste", "De langste.", "keren gezien"),
    "never_acknowledged": Told(
        "Nooit gezien", "Alarmen die niemand bevestigde, hoe ze ook eindigden.", "alarmen"
    ),
    "never_acknowledged_but_decided": Told(
        "Waarvan wel besloten",
        "In het vak van zo'n alarm werd een niveau afgekondigd terwijl het alarm stond.",
        "alarmen die niemand bevestigde",
    ),
    "shelved": Told("Weggelegd", "Alarmen die minstens één keer weggelegd werden.", "alarmen"),
    "shifts_taken_over": Told(
        "Overgenomen diensten", "Keren dat iemand de dienst overnam.", "keren"
    ),
    "messages_passed_over": Told(
        "Overgeslagen berichten",
        "Berichten die een webhook of e-mail na alle pogingen niet kreeg.",
        "berichten",
    ),
    "measures_done": Told(
        "Maatregelen gedaan",
        "Deel van de gevraagde maatregelen dat als gedaan werd afgevinkt. Een maatregel wordt in "
        "een vak gevraagd vanaf het afkondigen van zijn niveau tot groen.",
        "gevraagde maatregelen",
    ),
    "time_to_a_measure": Told(
        "Tijd tot gedaan",
        "Mediaan van afgevinkt min afgekondigd; nul waar het al gedaan was.",
        "gedane maatregelen",
    ),
    "time_to_a_measure_nine_of_ten": Told(
        "Tijd tot gedaan, negen van de tien",
        "Negen van de tien keer was het zo snel of sneller.",
        "gedane maatregelen",
    ),
    "zones_counted": Told(
        "Vakken waarin geteld werd", "Minstens één keer in de periode.", "vakken"
    ),
    "looks_covered": Told(
        "Trefkans van de intervallen",
        "Deel van de keren dat wat iemand ter plaatse zag binnen het 80 %-interval lag van de "
        "schatting die er net voor stond en het nog niet wist. Hoort 80 % te zijn; ook een mens "
        "schat niet precies.",
        "schattingen van mensen",
    ),
    "forecast_covered": Told(
        "Trefkans van de voorspelling",
        "Deel van de uitkomsten binnen het 80 %-interval dat toen gezegd is.",
        "uitkomsten",
    ),
    "forecast_error": Told(
        "Gemiddelde fout van de voorspelling",
        "Gemiddelde van het verschil tussen gezegd en gekomen, zonder teken.",
        "uitkomsten",
    ),
    "forecast_skill": Told(
        "Winst op 'zoals een week geleden'",
        "Eén min de fout gedeeld door de fout van dezelfde tijd een week eerder.",
        "uitkomsten",
    ),
    "warned_before": Told(
        "Gewaarschuwd vóór het niveau", "Deel van de keren dat het niveau kwam.", "keren gekomen"
    ),
    "warned_falsely": Told(
        "Ten onrechte gewaarschuwd", "Waarschuwingen voor iets dat niet kwam.", "dagen"
    ),
    "warning_lead": Told(
        "Hoe lang van tevoren gewaarschuwd", "Mediaan over de treffers.", "treffers"
    ),
    "boxes": Told("Kastjes", "Kastjes waarvan in de periode tellingen bewaard zijn.", "kastjes"),
    "share_of_time_counted": Told(
        "Deel van de tijd waarin geteld werd",
        "Mediaan over de kastjes van de tijd vanaf hun eerste telling min hun stiltes.",
        "kastjes",
    ),
    "outages": Told(
        "Stiltes", "Langer dan drie tellingen waarvan ook later niets meer kwam.", "kastjes"
    ),
    "outages_together": Told("Stiltes, samen", "Over alle kastjes.", "stiltes"),
    "outage": Told("Duur van een stilte", "Mediaan.", "stiltes"),
    "outage_longest": Told("Langste stilte", "De langste.", "stiltes"),
    "alarms_of_silence": Told(
        "Alarmen over stille kastjes",
        "Wat de centrale op dat moment niet hoorde; het kan later nagekomen zijn.",
        "alarmen",
    ),
    "silence_at_the_time": Told("Duur van zo'n alarm", "Mediaan.", "alarmen"),
}
DUTCH = SeasonWords(
    language="nl",
    title="Evaluatie {site}, {first} tot en met {last}",
    exercise="OEFENING {}: deze getallen zijn getekend, niet geteld.",
    intro="Gemaakt op {made} uit het logboek van de dienst ({entries} regels), de schattingen per "
    "vak en versie {version} van het sitebestand. Er staan geen namen, redenen of opmerkingen in; "
    "het document mag gedeeld worden.",
    too_few="te weinig om te zeggen ({over} {what}, nodig {least})",
    none="geen",
    nothing="niets",
    columns=("wat", "uitkomst", "hoe berekend"),
    stands_on="Waar dit op rust",
    basis=(
        (
            "Wat 'bereikt' is, zegt de schatting zoals die nu bekend is, met wat later kwam. Het "
            "is geen waarheid: niemand telde alles."
        ),
        (
            "Bij elk getal staat waarover het gaat. Waar te weinig is om iets te zeggen, staat dat "
            "er in plaats van een getal."
        ),
        "Een niveau dat is afgekondigd en niet bereikt werd, is geen fout: maatregelen werken ook.",
        (
            "Maatregelen zijn die van de genoemde versie van het sitebestand; wat toen anders "
            "heette, telt niet als gedaan."
        ),
    ),
    lacks_head="Wat ontbreekt",
    parts={
        "levels": "Niveaus",
        "alarms": "Alarmen",
        "measures": "Maatregelen",
        "numbers": "De schattingen",
        "forecasts": "De voorspelling",
        "boxes": "Kastjes",
    },
    lacks={
        "log": "Het logboek heeft in deze periode geen regels.",
        "numbers": "Er zijn geen schattingen van deze periode bewaard.",
        "scores": "Er zijn geen scores van een voorspelling bewaard; dat deel is leeg.",
        "looks": "Niemand heeft ter plaatse geschat, dus de trefkans van de intervallen is niet "
        "te toetsen.",
        "measures": "Het sitebestand noemt geen maatregelen.",
        "declared": "Er is geen niveau afgekondigd.",
        "not over": "De periode is nog niet voorbij.",
    },
    figures=_FIGURES,
    names={
        "green": "groen",
        "yellow": "geel",
        "orange": "oranje",
        "red": "rood",
        "notice": "melding",
        "warning": "waarschuwing",
        "critical": "kritiek",
        "level proposed": "niveau voorgesteld",
        "level declared": "niveau afgekondigd",
        "density": "te dicht",
        "emergency route": "calamiteitenroute",
        "boxes silent": "kastjes stil",
        "feed down": "bron weg",
        "broker away": "berichtendienst weg",
        "level coming": "niveau verwacht",
        "mail": "e-mail",
    },
    days_head="De drukste dagen",
    days_columns=(
        "dag",
        "hoogste aantal samen",
        "om",
        "vakken geteld",
        "volste vak",
        "daar",
        "bereikt",
        "afgekondigd",
        "alarmen",
    ),
    boxes_head="Kastjes die het minst telden",
    boxes_columns=("kastje", "deel van de tijd", "stiltes", "samen", "langste"),
    hours="u",
    minutes="min",
    seconds="s",
    people="mensen",
    decimal_point=",",
)
