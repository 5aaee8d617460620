# SPDX-License-Identifier: Apache-2.0
"""The accessibility statement in English."""

from fusion_service.web.public_page.words.statement_wording import StatementWords

EN = StatementWords(
    title="Accessibility statement",
    open="still to be filled in",
    draft="This statement is not finished. What is missing reads: still to be filled in.",
    whose="This website is of:",
    strives="They want everybody to be able to use this website. The Dutch decree on digital "
    "accessibility of government (Besluit digitale toegankelijkheid overheid) asks for it.",
    covers="This statement is about all pages of this website: those for everybody, and those "
    "behind the log-in.",
    status="Compliance status",
    status_is="The status of this website is:",
    statuses={
        "A": "A - complies in full",
        "B": "B - complies in part",
        "C": "C - first measures taken",
        "D": "D - does not comply",
        "E": "E - no accessibility statement",
    },
    fails_title="What is not right yet",
    fails_said="The makers know of these points. The organisation may add to them.",
    fails=(
        (
            "The map is a picture in 3D. Whoever does not see it reads the same numbers in the "
            "list beside it and in the table (WCAG 1.1.1, with text instead)."
        ),
        (
            "The folder of papers is a PDF with headings and tables. It was not tested against all "
            "of PDF/UA."
        ),
        (
            "Names of places are in the language in which somebody wrote them. The page does not "
            "know that language (WCAG 3.1.2)."
        ),
        "Nobody who uses a screen reader has tried the pages.",
    ),
    tried_title="How it was looked at",
    tried_said="The makers tried each page themselves against WCAG 2.1, levels A and AA. That is "
    "no independent investigation. They looked like this:",
    tried=(
        "with the program axe, light and dark, on a screen and a telephone",
        "with the keyboard alone",
        "with what a screen reader would read out, as a program reads it",
        "at 400 per cent, with more space in the text, and with high contrast",
        "without a script, and on paper",
    ),
    report_is="The report of an investigation:",
    report="report",
    drawn="When this statement was drawn up",
    drawn_on="This statement was drawn up on:",
    contact="Feedback and contact",
    contact_said="Is something in your way? Or would you like the numbers in another form? Please "
    "say so. This is where:",
    email="E-mail:",
    phone="Telephone:",
    procedure="Enforcement",
    procedure_said=(
        "Are you not content with the answer? Then you can complain to the organisation.",
        "Does that not help? Then you can go to the National Ombudsman (Nationale ombudsman).",
    ),
)
