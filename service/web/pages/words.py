"""Words that stand on every page, in English and in Spanish."""

from typing import NamedTuple

from contracts.wording import Both


class PageWords(NamedTuple):
    """What every page says. 988 is reached by telephone and by text; in Spanish by 2, or AYUDA (988lifeline.org)."""

    skip: Both = Both("Skip to the content", "Ir al contenido")
    leave: Both = Both("Leave quickly", "Salir rápido")
    crisis_label: Both = Both("Help in a crisis", "Ayuda en una crisis")
    crisis: Both = Both("In crisis?", "¿Está en crisis?")
    crisis_call: Both = Both("Call 988", "Llame al 988, opción 2")
    crisis_text: Both = Both("Text 988", "Envíe AYUDA al 988")
    emergency: Both = Both("Emergency: 911", "Emergencia: 911")
    in_other_language: Both = Both("En español: 988, opción 2", "In English: call 988")


PAGE_WORDS = PageWords()
