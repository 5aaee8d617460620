# SPDX-License-Identifier: Apache-2.0
"""What the audit cannot show, in plain words; and the capacity in units that mean something."""

_TEXT = """
Pictures are looked at inside the box for milliseconds. That is processing of personal data, and
this audit does not change it.

Whoever is root on the box, or holds it in their hands, is outside every mechanism tried here; so
are the kernel, the drivers, the camera's own firmware and the processor.

A sensor that lies can always signal a little in its counts: see "Most that could leave". The cap
stops pictures in useful time; it cannot stop a single yes or no.

A model that was made to count wrongly when it sees a certain thing is not noticed: its numbers are
right in form. What is checked is that the model's file is the one that its card names.

The ways out that were tried are those that we know, and they are listed in this report. A way that
is not on it was not tried.

The process that talks to the broker needs the network. To which addresses it may talk is for the
machine's firewall; whether one is laid was not looked at. Counted was what that process sent while
the audit looked.

"Not found in the places listed" means just that: other places were not searched.

The noise hides one person's passing in one number of one window. It does not hide a habit over many
windows, nor a crowd.

The audit looked at one moment, by the software that it is about, on the machine that it is about.
Compare the hashes below with those of a copy that you got by another way.
"""
LIMITS = tuple(" ".join(each.split()) for each in _TEXT.split("\n\n"))
_PLATE_BITS, _TEMPLATE_BITS, _CROP_BITS = 28, 512, 3200
"""A number plate, a face template, a picture of a face of 400 bytes."""


def capacity_in_words(bits_per_window: float, window_s: int) -> str:
    """Say a bound as the time that a sensor that lies needs to pass on something known."""
    per_second = bits_per_window / window_s
    times = [f"{name} {_time(bits / per_second)}" for name, bits in _UNITS]
    return (
        f"{bits_per_window:.1f} bits each window of {window_s} s, if the sensor lied in everything "
        f"it counts: enough for {', '.join(times[:-1])} or {times[-1]}"
    )


def _time(seconds: float) -> str:
    for name, length in (("day", 86_400.0), ("hour", 3600.0), ("minute", 60.0)):
        if seconds >= length:
            return f"in {seconds / length:.1f} {name}s"
    return f"in {max(seconds, 0.1):.1f} s"


_UNITS = (
    ("one number plate", _PLATE_BITS),
    ("one face template of 512 bits", _TEMPLATE_BITS),
    ("one coarse picture of a face (400 bytes)", _CROP_BITS),
)
